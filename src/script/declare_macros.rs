//! The three declarations: `options!`, `handle!` and `primitives!`. Each turns one readable block into the data of
//! `declare.rs`; the doc comments are the reference.

/// Declares an option map. A field with `= value` may be left out; `name as "word"` gives it another name in scripts,
/// `name in WORDS` holds it to a [`crate::script::Vocabulary`] or to [`crate::script::Limits`].
#[macro_export]
macro_rules! options {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $fdoc:literal])* $field:ident $(as $word:literal)? $(in $words:path)? : $ty:ty $(= $default:expr)?),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name { $($(#[doc = $fdoc])* pub $field: $ty),* }

        impl $crate::script::Options for $name {
            fn fields() -> Vec<$crate::script::OptionField> {
                vec![$($crate::script::OptionField {
                    name: $crate::options!(@word $field $($word)?),
                    doc: concat!($($fdoc),*).trim_ascii(),
                    ty: $crate::options!(@bounded ($crate::options!(@ty $ty $(, $default)?)) $($words)?),
                    required: $crate::options!(@required $($default)?),
                }),*]
            }
            fn from_map(mut map: rhai::Map) -> Result<Self, $crate::host::Stop> {
                $crate::script::check_fields(&map, &<Self as $crate::script::Options>::fields())?;
                Ok($name { $($field: match map.remove($crate::options!(@word $field $($word)?)) {
                    Some(value) => $crate::options!(@held ($crate::script::take_field::<$ty>(value, $crate::options!(@word $field $($word)?))?), ($crate::options!(@word $field $($word)?)) $(, $words)?),
                    None => $crate::options!(@default $ty $(, $default)?),
                }),* })
            }
        }
    };
    (@word $field:ident) => { stringify!($field) };
    (@word $field:ident $word:literal) => { $word };
    (@bounded ($ty:expr)) => { $ty };
    (@bounded ($ty:expr) $words:path) => { $crate::script::bounded($ty, &$words) };
    (@held ($value:expr), ($name:expr)) => { $value };
    (@held ($value:expr), ($name:expr), $words:path) => { $crate::script::held($value, $name, &$words)? };
    (@required) => { true };
    (@required $default:expr) => { false };
    (@ty $ty:ty) => { <$ty as $crate::script::Script>::ty() };
    (@ty $ty:ty, $default:expr) => { $crate::script::unwrapped(<$ty as $crate::script::Script>::ty()) };
    (@default $ty:ty) => { return Err($crate::host::Stop::defect("a required option passed the check and is missing")) };
    (@default $ty:ty, $default:expr) => { $default };
}

/// Declares a handle type: `Name("kind of thing") by identity { field: Type, ... }`. Attributes on the type and its
/// fields (`#[derive(Deserialize)]`, `#[serde(rename = "...")]`) go through to the struct, which is the typed reply.
#[macro_export]
macro_rules! handle {
    ($(#[doc = $doc:literal])* $(#[derive($($derive:path),*)])? $name:ident($kind:literal) by $identity:ident {
        $($(#[doc = $fdoc:literal])* $(#[serde($($serde:tt)*)])* $field:ident $(as $word:literal)? $(in $words:path)? : $ty:ty),* $(,)?
    } $(hidden { $($(#[doc = $hdoc:literal])* $(#[serde($($hserde:tt)*)])* $hidden:ident : $hty:ty),* $(,)? })?) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug $($(, $derive)*)?)]
        pub struct $name {
            $($(#[doc = $fdoc])* $(#[serde($($serde)*)])* pub $field: $ty,)*
            $($($(#[doc = $hdoc])* $(#[serde($($hserde)*)])* pub $hidden: $hty,)*)?
        }

        impl $crate::script::Object for $name {
            const NAME: &'static str = stringify!($name);
            const KIND: &'static str = $kind;
            const DOC: &'static str = concat!($($doc, "\n"),*).trim_ascii();
            fn identity(&self) -> String { self.$identity.to_string() }
            fn fields() -> Vec<$crate::script::FieldDecl<Self>> {
                vec![$($crate::script::FieldDecl {
                    name: $crate::options!(@word $field $($word)?),
                    is_identity: stringify!($field) == stringify!($identity),
                    doc: concat!($($fdoc, "\n"),*).trim_ascii(),
                    ty: $crate::options!(@bounded (<$ty as $crate::script::Script>::ty()) $($words)?),
                    get: |object| <$ty as $crate::script::Script>::give(object.$field.clone()),
                }),*]
            }
        }
    };
}

/// Declares functions and methods as a list of [`crate::script::Primitive`]:
/// `pure|flow|read|acts|change fn name(call, parameter: Type, ...) -> Type { body }`; a method has `on Type` after its
/// name and names its receiver first. A trailing `Option<T>` parameter may be left out; `parameter in WORDS: Type`
/// holds it to words or limits, `-> Type where WORDS` what is given back. A change names what tells of it, and what that
/// says then: `#[seen_by("File.mode" = mode, "jumphost::has_file" = true)]`; `[given]` is a list of that alone,
/// `[given, ..]` one that holds it, `[!given]` one that does not. In brackets, `= (true)`, stands what leaves nothing to do.
#[macro_export]
macro_rules! primitives {
    ($namespace:literal; $($(#[doc = $doc:literal])* $(#[seen_by($($sight:literal $(= $says:tt)?),* $(,)?)])? $effect:ident fn $name:ident $(as $word:literal)? $(on $receiver:ident)? ($call:ident $(, $param:ident $(in $words:path)? : $ty:ty)* $(,)?) $(-> $result:ty $(where $bounds:path)?)? $body:block)*) => {
        vec![$($crate::script::Primitive {
            namespace: $namespace,
            name: $crate::options!(@word $name $($word)?),
            doc: concat!($($doc, "\n"),*).trim_ascii(),
            effect: $crate::primitives!(@effect $effect),
            seen_by: &[$($($crate::script::Sight { reading: $sight, says: $crate::primitives!(@says $($says)?), is_all: $crate::primitives!(@is_all $($says)?) }),*)?],
            receiver: $crate::primitives!(@receiver $($receiver)?),
            this: $crate::primitives!(@this [$($receiver)?] $($param : $ty),*),
            is_field: false,
            is_identity: false,
            params: $crate::primitives!(@params [$($receiver)?] $($param $(in $words)? : $ty),*),
            result: $crate::primitives!(@result $($result $(, $bounds)?)?),
            body: $crate::script::Run::Body({
                #[allow(unused_variables, unused_mut)]
                fn run($call: &$crate::host::Call<'_>, args: Vec<rhai::Dynamic>) -> Result<rhai::Dynamic, $crate::host::Stop> {
                    #[allow(clippy::redundant_closure_call)]
                    fn body($call: &$crate::host::Call<'_> $(, $param: $ty)*) -> Result<$crate::primitives!(@type $($result)?), $crate::host::Stop> $body
                    let mut args = args.into_iter();
                    $(let $param = $crate::options!(@held ($crate::script::take_param::<$ty>(args.next(), stringify!($param))?), (stringify!($param)) $(, $words)?);)*
                    body($call $(, $param)*).map($crate::script::Script::give)
                }
                run
            }),
        }),*]
    };
    (@effect pure) => { $crate::script::Effect::Pure };
    (@effect flow) => { $crate::script::Effect::Flow };
    (@effect read) => { $crate::script::Effect::Read };
    (@effect acts) => { $crate::script::Effect::Acts };
    (@effect change) => { $crate::script::Effect::Change };
    (@says) => { None };
    (@is_all ($says:tt)) => { true };
    (@is_all $($says:tt)?) => { false };
    (@says ($says:tt)) => { $crate::primitives!(@says $says) };
    (@says true) => { Some($crate::script::Says::Holds(true)) };
    (@says false) => { Some($crate::script::Says::Holds(false)) };
    (@says $word:literal) => { Some($crate::script::Says::Word($word)) };
    (@says $given:ident) => { Some($crate::script::Says::Given(stringify!($given))) };
    (@says [$given:ident]) => { Some($crate::script::Says::Only(stringify!($given))) };
    (@says [$given:ident, ..]) => { Some($crate::script::Says::Among(stringify!($given))) };
    (@says [! $given:ident]) => { Some($crate::script::Says::Without(stringify!($given))) };
    (@receiver) => { None };
    (@receiver $receiver:ident) => { Some(<$receiver as $crate::script::Methods>::receiver()) };
    (@params [] $($param:ident $(in $words:path)? : $ty:ty),*) => { vec![$($crate::primitives!(@param $param, $ty $(, $words)?)),*] };
    (@params [$receiver:ident] $this:ident : $this_ty:ty $(, $param:ident $(in $words:path)? : $ty:ty)*) => { vec![$($crate::primitives!(@param $param, $ty $(, $words)?)),*] };
    (@param $param:ident, $ty:ty) => { $crate::script::param::<$ty>(stringify!($param)) };
    (@param $param:ident, $ty:ty, $words:path) => { $crate::script::param_of::<$ty>(stringify!($param), &$words) };
    (@this [] $($param:ident : $ty:ty),*) => { $crate::script::Ty::Unit };
    (@this [$receiver:ident] $this:ident : $this_ty:ty $(, $param:ident : $ty:ty)*) => { <$this_ty as $crate::script::Script>::ty() };
    (@result) => { $crate::script::Ty::Unit };
    (@result $result:ty, $bounds:path) => { $crate::script::bounded(<$result as $crate::script::Script>::ty(), &$bounds) };
    (@result $result:ty) => { <$result as $crate::script::Script>::ty() };
    (@type) => { () };
    (@type $result:ty) => { $result };
}
