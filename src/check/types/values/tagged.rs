//! Interfaces of VLANs: a plane whose constant says that it is untagged has none.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::super::infer::Infer;
use crate::script::{Primitive, Ty};

impl<'t> Infer<'t> {
    /// `ensure_vlan_interface(host, parent, net::INNER.cidr)`, where `net::INNER.vid` is 0.
    pub(in super::super) fn untagged(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let is_of_vlan = primitive.name.split('_').any(|word| word == "vlan");
        let at = primitive.params.iter().position(|param| param.ty == Ty::Named("Cidr")).filter(|_| is_of_vlan);
        let Some(arg) = at.and_then(|at| call.args.get(at)) else { return };
        let Kind::Property { of, .. } = &arg.kind else { return };
        let Some(place) = self.vid_of(of) else { return };
        let message = format!("{} is given `{}`, whose plane is untagged", primitive.full_name(), self.text(arg));
        let told = Diagnostic::error("E0321", message, &self.tree().file, arg.span);
        let told = told.note(format!("`{}.vid` is 0 at {place}", self.text(of)));
        let help =
            "an interface of a VLAN has a tag from 1 to 4094: correct `vid`, or put the address on the interface below";
        self.tell(told.help(help));
    }

    /// Where the tag of a plane is written, when that is 0 for certain.
    fn vid_of(&self, plane: &'t Node) -> Option<String> {
        let all = self.values(plane).filter(|values| values.whole && values.asked.is_empty())?.known;
        let tags: Vec<_> = all.iter().flat_map(|value| value.behind(&["vid"])).collect();
        let is_none = !tags.is_empty() && tags.len() == all.len() && tags.iter().all(|tag| tag.as_int() == Some(0));
        tags.first().filter(|_| is_none).map(|_| self.place_of(&all[0]))
    }
}
