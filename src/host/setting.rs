//! What a run is told besides its runbook: plain values that primitives read, each under its one name.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

/// A plain value that primitives read. What is not here cannot be read, and what is here can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// The profile of the MAAS client.
    MaasProfile,
    /// The run's model.
    JujuModel,
    /// The cloud whose defaults for new models are read, where the controller has several.
    JujuCloud,
    /// NetBox's address.
    NetboxUrl,
}

impl Setting {
    const ALL: [Setting; 4] = [Setting::MaasProfile, Setting::JujuModel, Setting::JujuCloud, Setting::NetboxUrl];

    /// As an operator types it.
    pub fn name(self) -> &'static str {
        match self {
            Setting::MaasProfile => "maas-profile",
            Setting::JujuModel => "juju-model",
            Setting::JujuCloud => "juju-cloud",
            Setting::NetboxUrl => "netbox-url",
        }
    }

    /// What it is when nobody gives it.
    fn usual(self) -> Option<&'static str> {
        match self {
            Setting::MaasProfile => Some("admin"),
            Setting::JujuModel => Some("openstack"),
            Setting::JujuCloud | Setting::NetboxUrl => None,
        }
    }
}

impl FromStr for Setting {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let known = || Setting::ALL.map(Setting::name).join(", ");
        let found = Setting::ALL.into_iter().find(|setting| setting.name() == name);
        found.ok_or_else(|| anyhow::anyhow!("there is no such setting; there are {}", known()))
    }
}

/// The settings of a run: the usual ones, unless others are given.
#[derive(Clone, Debug)]
pub struct Settings(BTreeMap<Setting, String>);

impl Default for Settings {
    fn default() -> Self {
        let usual = |setting: Setting| Some((setting, setting.usual()?.to_string()));
        Settings(Setting::ALL.into_iter().filter_map(usual).collect())
    }
}

impl Settings {
    /// Its value; none when it has no usual one and none was given.
    pub fn get(&self, setting: Setting) -> Option<&str> {
        self.0.get(&setting).map(String::as_str)
    }

    /// Gives a setting another value.
    pub fn give(&mut self, setting: Setting, value: String) {
        self.0.insert(setting, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_name_in_a_case_and_on_the_command_line() {
        for setting in Setting::ALL {
            assert_eq!(setting.name().parse::<Setting>().expect("a setting"), setting);
            let in_a_case = serde_json::from_value::<Setting>(setting.name().into());
            assert_eq!(in_a_case.expect("a setting"), setting);
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_all_known_ones() {
        let error = "maas-profil".parse::<Setting>().expect_err("misspelt").to_string();
        assert_eq!(error, "there is no such setting; there are maas-profile, juju-model, juju-cloud, netbox-url");
    }
}
