//! Which capture is asked of the lab how.

/// One comparison.
pub(super) struct Row {
    /// The capture's name, without its ending.
    pub capture: &'static str,
    /// What the lab is asked. Words that begin with `OS_` are the environment.
    pub line: &'static str,
    /// What is done before, and must succeed.
    pub before: &'static [&'static str],
    pub stage: &'static str,
    /// What is changed in the state before.
    pub patch: &'static str,
    /// Keys that either side may have alone.
    pub optional: &'static [&'static str],
}

/// A row on the stage `ready` with nothing before.
pub(super) const fn row(capture: &'static str, line: &'static str) -> Row {
    Row { capture, line, before: &[], stage: "ready", patch: LOGINS, optional: &[] }
}

impl Row {
    const fn before(self, before: &'static [&'static str]) -> Row {
        Row { before, ..self }
    }

    const fn stage(self, stage: &'static str) -> Row {
        Row { stage, ..self }
    }

    const fn optional(self, optional: &'static [&'static str]) -> Row {
        Row { optional, ..self }
    }
}

/// A login of somebody who is no administrator, and one whose key is gone.
const LOGINS: &str = r#"[
  {"op": "add", "path": "/maas/users/lowly", "value": {"email": "lowly@example.invalid", "is_superuser": false}},
  {"op": "add", "path": "/maas/profiles/lowly", "value": {"url": "http://lab/", "user": "lowly", "key": "a:b:c"}},
  {"op": "add", "path": "/maas/profiles/stale",
   "value": {"url": "http://lab/", "user": "admin", "key": "a:b:c", "key_is_valid": false}}
]"#;
const STRICT: &str = r#"[{"op": "add", "path": "/maas/client_is_strict", "value": true}]"#;
const DOWN: &str = r#"[{"op": "replace", "path": "/maas/listening", "value": false}]"#;

/// Who holds an address is told by keys that only some kinds of holders have.
const HOLDERS: &[&str] = &["bmcs", "node_summary", "user", "dns_records"];
/// Keys that a link has when it has an address or a subnet.
const LINKS: &[&str] = &["ip_address", "subnet"];
/// Parameters that depend on the kind of an interface, too.
const INTERFACES: &[&str] = &["ip_address", "subnet", "bridge_fd", "bridge_stp", "bridge_type"];

const RESERVE: &str = "admin ipranges create type=reserved start_ip=10.12.16.50 end_ip=10.12.16.60";
const VIP: &str = "admin ipaddresses reserve ip=10.12.4.150 hostname=vip";

pub(super) const MAAS: &[Row] = &[
    row("version-read", "admin version read"),
    row("subnets-read-lab", "admin subnets read"),
    row("subnets-read-unknown-filter", "admin subnets read cidr=10.12.4.0/22"),
    row("subnet-read-by-id", "admin subnet read 1"),
    row("subnet-read-by-cidr", "admin subnet read 10.12.4.0/22"),
    row("subnet-read-by-name-specifier", "admin subnet read cidr:10.12.4.0/22"),
    row("subnet-read-by-name", "admin subnet read name:provider-public"),
    row("subnet-read-unknown-id", "admin subnet read 9999"),
    row("subnet-update-dns", "admin subnet update 2 dns_servers=10.12.8.1,10.12.4.1"),
    row("subnet-ip-addresses", "admin subnet ip-addresses 1").optional(HOLDERS),
    row("subnet-ip-addresses-summary", "admin subnet ip-addresses 1 with_summary=false"),
    row("subnet-ip-addresses-unknown", "admin subnet ip-addresses 9999"),
    row("subnet-ip-addresses-after-reserve", "admin subnet ip-addresses 1").before(&[VIP]).optional(&["bmcs"]),
    row("subnet-reserved-ip-ranges-full", "admin subnet reserved-ip-ranges 1"),
    row("subnet-unreserved-ip-ranges", "admin subnet unreserved-ip-ranges 1"),
    row("ipranges-create-1", "admin ipranges create type=reserved start_ip=10.12.16.2 end_ip=10.12.16.9 subnet=6"),
    row("ipranges-create-temp", RESERVE),
    row("ipranges-create-dynamic", "admin ipranges create type=dynamic start_ip=10.12.16.200 end_ip=10.12.16.250"),
    row(
        "ipranges-create-overlap",
        "admin ipranges create type=reserved start_ip=10.12.4.50 end_ip=10.12.4.120 subnet=1",
    ),
    row(
        "ipranges-create-overlap-no-subnet",
        "admin ipranges create type=reserved start_ip=10.12.4.50 end_ip=10.12.4.120",
    ),
    row(
        "ipranges-create-inverted",
        "admin ipranges create type=reserved start_ip=10.12.4.120 end_ip=10.12.4.111 subnet=1",
    ),
    row(
        "ipranges-create-outside-subnet",
        "admin ipranges create type=reserved start_ip=10.99.0.1 end_ip=10.99.0.9 subnet=1",
    ),
    row("ipranges-create-no-type", "admin ipranges create start_ip=10.12.4.120 end_ip=10.12.4.130"),
    row("ipranges-create-bad-type", "admin ipranges create type=nonsense start_ip=10.12.4.120 end_ip=10.12.4.130"),
    row(
        "ipranges-create-unknown-subnet",
        "admin ipranges create type=reserved start_ip=10.12.4.120 end_ip=10.12.4.130 subnet=9999",
    ),
    row("ipranges-read", "admin ipranges read"),
    row("iprange-read", "admin iprange read 12").before(&[RESERVE]),
    row("iprange-update", "admin iprange update 12 end_ip=10.12.16.70 comment=moved").before(&[RESERVE]),
    row("iprange-delete", "admin iprange delete 12").before(&[RESERVE]),
    row("iprange-delete-again", "admin iprange delete 12").before(&[RESERVE, "admin iprange delete 12"]),
    row("cli37-iprange-delete", "admin iprange delete 9999"),
    row("machines-read-lab", "admin machines read").optional(INTERFACES),
    row("machines-read-by-hostname", "admin machines read hostname=openstack0").optional(INTERFACES),
    row("machines-read-by-hostname-none", "admin machines read hostname=nope"),
    row("machines-read-by-tag", "admin machines read tags=openstack").optional(INTERFACES),
    row("machines-read-missing-filter-value", "admin machines read status=nonsense"),
    row("machines-read-one-deployed", "admin machines read status=deployed").stage("settled").optional(INTERFACES),
    row("machine-read", "admin machine read {openstack0}").optional(INTERFACES),
    row("machine-read-deployed", "admin machine read {openstack3}").stage("settled").optional(INTERFACES),
    row("machine-read-unknown", "admin machine read zzzzzz"),
    row("interfaces-read", "admin interfaces read {openstack0}").optional(&[
        "ip_address",
        "subnet",
        "bond_mode",
        "bond_miimon",
        "bond_updelay",
        "bond_downdelay",
        "bond_lacp_rate",
        "bond_num_grat_arp",
        "bond_xmit_hash_policy",
    ]),
    row("interfaces-read-unknown", "admin interfaces read zzzzzz"),
    row("interface-read", "admin interface read {openstack0} enp7s0"),
    row("interface-read-by-name", "admin interface read {openstack0} enp11s0"),
    row("interface-read-before-bridge", "admin interface read {openstack3} enp1s0").optional(LINKS),
    row("interface-read-linked", "admin interface read {openstack0} br-metal"),
    row("interface-read-unknown", "admin interface read {openstack0} 99999"),
    row("spaces-read", "admin spaces read"),
    row("fabrics-read", "admin fabrics read"),
    row("fabric-read", "admin fabric read 1"),
    row("vlans-read-two", "admin vlans read 2"),
    row("vlan-read-103", "admin vlan read metal 103"),
    row("vlan-read-unknown", "admin vlan read 1 777"),
    row("zones-read", "admin zones read"),
    row("resource-pools-read", "admin resource-pools read"),
    row("tags-read", "admin tags read"),
    row("tag-read", "admin tag read openstack"),
    row("tag-machines", "admin tag machines openstack").optional(INTERFACES),
    row("tags-create", "admin tags create name=compute comment=hosts"),
    row("tags-create-duplicate", "admin tags create name=openstack"),
    row("tags-create-bad-name", "admin tags create name=bad!"),
    row("tag-update-nodes", "admin tag update-nodes virtual add={openstack0} add={openstack1}"),
    row("tag-update-nodes-again", "admin tag update-nodes openstack add={openstack0}"),
    row("tag-update-nodes-unknown-node", "admin tag update-nodes openstack add=zzzzzz"),
    row("tag-update-nodes-unknown-tag", "admin tag update-nodes nosuch add={openstack0}"),
    row("tag-update-nodes-remove", "admin tag update-nodes openstack remove={openstack3}"),
    row("ipaddresses-reserve", VIP),
    row("ipaddresses-reserve-again", VIP).before(&[VIP]),
    row("ipaddresses-reserve-in-use", "admin ipaddresses reserve ip=10.12.4.40"),
    row("ipaddresses-reserve-subnet", "admin ipaddresses reserve subnet=10.12.16.0/22"),
    row("ipaddresses-reserve-outside", "admin ipaddresses reserve ip=10.99.0.1"),
    row("ipaddresses-read", "admin ipaddresses read").before(&[VIP]),
    row("ipaddresses-read-by-ip", "admin ipaddresses read ip=10.12.4.150").before(&[VIP]),
    row("ipaddresses-release", "admin ipaddresses release ip=10.12.4.150").before(&[VIP]),
    row("ipaddresses-release-again", "admin ipaddresses release ip=10.12.4.150"),
    row("ipaddresses-release-machine-ip", "admin ipaddresses release ip=10.12.4.40"),
    row("ipaddresses-release-machine-ip-force", "admin ipaddresses release ip=10.12.4.40 force=true"),
    row("interfaces-create-bridge", "admin interfaces create-bridge {openstack0} name=br-ex parent=enp1s0"),
    row("interfaces-create-bridge-duplicate", "admin interfaces create-bridge {openstack0} name=br-ex parent=enp7s0"),
    row("interfaces-create-bridge-no-parent", "admin interfaces create-bridge {openstack0} name=br-none"),
    row("interfaces-create-bridge-on-linked-nic", "admin interfaces create-bridge {openstack3} name=br0 parent=enp1s0"),
    row("interface-read-after-bridge", "admin interface read {openstack3} enp1s0")
        .before(&["admin interfaces create-bridge {openstack3} name=br0 parent=enp1s0"]),
    row("interfaces-create-vlan", "admin interfaces create-vlan {openstack0} parent=enp7s0 vlan=5010"),
    row("interfaces-create-vlan-duplicate", "admin interfaces create-vlan {openstack0} parent=br-metal vlan=5010"),
    row("interfaces-create-vlan-untagged", "admin interfaces create-vlan {openstack0} parent=enp7s0 vlan=5002"),
    row(
        "interface-link-subnet-static",
        "admin interface link-subnet {openstack0} br-metal mode=STATIC subnet=2 ip_address=10.12.8.110",
    ),
    row(
        "interface-link-subnet-in-use",
        "admin interface link-subnet {openstack0} enp1s0 mode=STATIC subnet=1 ip_address=10.12.4.41",
    ),
    row(
        "interface-link-subnet-in-reserved-range",
        "admin interface link-subnet {openstack0} enp1s0 mode=STATIC subnet=1 ip_address=10.12.5.10",
    ),
    row(
        "interface-link-subnet-in-dynamic-range",
        "admin interface link-subnet {openstack0} br-metal mode=STATIC subnet=2 ip_address=10.12.9.9",
    ),
    row(
        "interface-link-subnet-gateway-ip",
        "admin interface link-subnet {openstack0} br-metal mode=STATIC subnet=2 ip_address=10.12.8.1",
    )
    .optional(INTERFACES),
    row(
        "interface-link-subnet-unknown-subnet",
        "admin interface link-subnet {openstack0} br-metal mode=STATIC subnet=9999",
    ),
    row(
        "interface-link-subnet-wrong-vlan",
        "admin interface link-subnet {openstack0} br-metal mode=STATIC subnet=10 ip_address=10.12.12.20",
    ),
    row("interface-link-subnet-bad-mode", "admin interface link-subnet {openstack0} br-metal mode=WRONG subnet=2"),
    row(
        "interface-link-subnet-lowercase-mode",
        "admin interface link-subnet {openstack0} br-metal mode=static subnet=2 ip_address=10.12.8.111",
    )
    .optional(INTERFACES),
    row("interface-link-subnet-auto", "admin interface link-subnet {openstack0} enp8s0 mode=AUTO subnet=6")
        .optional(LINKS),
    row("interface-link-subnet-static-no-ip", "admin interface link-subnet {openstack0} enp8s0 mode=STATIC subnet=6"),
    row("interface-link-subnet-link-up", "admin interface link-subnet {openstack0} enp7s0 mode=LINK_UP"),
    row("interface-unlink-subnet", "admin interface unlink-subnet {openstack0} br-metal id=65"),
    row(
        "interface-link-subnet-deployed",
        "admin interface link-subnet {openstack3} enp1s0 mode=STATIC subnet=1 ip_address=10.12.4.113",
    )
    .stage("settled"),
    row("interfaces-create-bridge-deployed", "admin interfaces create-bridge {openstack3} name=br-x parent=enp1s0")
        .stage("settled"),
    row("interface-update-deployed", "admin interface update {openstack3} enp1s0 mtu=9000")
        .stage("settled")
        .optional(LINKS),
    row("interface-delete-deployed", "admin interface delete {openstack3} enp11s0").stage("settled"),
    row("interface-delete", "admin interface delete {openstack1} enp11s0"),
    row("lowly-interfaces-create-bridge", "lowly interfaces create-bridge {openstack1} name=br-x parent=enp11s0"),
    row("lowly-subnets-read", "lowly subnets read"),
    row("lowly-ipranges-create", "lowly ipranges create type=dynamic start_ip=10.12.16.10 end_ip=10.12.16.20"),
    row("lowly-tags-create", "lowly tags create name=x"),
    row("unknown-profile", "nosuchprofile subnets read"),
    row("unknown-resource", "admin nosuch read"),
    row("unknown-action", "admin subnets nosuch"),
    row("missing-positional", "admin subnet read"),
    row("bad-name-value", "admin ipranges create cidr"),
    row("no-args", ""),
    row("profile-only", "admin"),
    row("stale-key-subnets-read", "stale subnets read"),
    Row { patch: STRICT, ..row("cli37-subnets-read-extra", "admin subnets read cidr=10.12.4.0/22") },
    Row { patch: STRICT, ..row("cli37-machines-read-hostname", "admin machines read hostname=openstack0") }
        .optional(INTERFACES),
    Row { patch: DOWN, ..row("server-down-subnets-read", "admin subnets read") },
    Row { patch: DOWN, ..row("server-down-iprange-delete", "admin iprange delete 3") },
];

const EXT: &str = "network create --external --provider-network-type flat --provider-physical-network physnet1 \
                   provider-ext -f json";
const TAGGED: &str = "network set --tag role=provider provider-ext";
const FIP: &str = "subnet create --network provider-ext --subnet-range 10.12.4.0/22 --gateway 10.12.4.1 --no-dhcp \
                   --allocation-pool start=10.12.5.0,end=10.12.7.254 --tag role=provider --tag \
                   netbox-iprange=10.12.5.0-10.12.7.254 provider-ext-fip -f json";
const INT: &str = "network create --tag omega=1 int-net -f json";
const SUB: &str = "subnet create --network int-net --subnet-range 192.168.50.0/24 --dns-nameserver 10.12.4.2 int-sub \
                   -f json";
const TWIN: &str = "network create twin -f json";
const R1: &str = "router create r1 -f json";
const VLAN: &str = "network create --external --provider-network-type vlan --provider-physical-network physnet1 \
                    --provider-segment 1500 ext-vlan -f json";
const GATEWAY: &str = "router set --external-gateway provider-ext r1";
const ADD: &str = "router add subnet r1 int-sub";

const fn os(capture: &'static str, line: &'static str) -> Row {
    row(capture, line).stage("settled")
}

pub(super) const OPENSTACK: &[Row] = &[
    os("version", "--version"),
    os("endpoint-list", "endpoint list -f json"),
    os("endpoint-list-network-public", "endpoint list --service network --interface public -f json"),
    os("service-list", "service list -f json"),
    os("catalog-list", "catalog list -f json"),
    os("catalog-show-network", "catalog show network -f json"),
    Row { patch: NO_CINDER, ..os("catalog-show-absent", "catalog show volumev3 -f json") },
    os("project-list", "project list -f json"),
    os("project-list-long", "project list --long -f json"),
    os("project-show", "project show admin --domain admin_domain -f json"),
    os("project-show-missing", "project show nope -f json"),
    os("domain-list", "domain list -f json"),
    os("user-list-service-domain", "user list --domain service_domain -f json"),
    os("role-list", "role list -f json"),
    os("role-assignment-list-names", "role assignment list --names --project admin --project-domain admin_domain -f json"),
    os("region-list", "region list -f json"),
    os("token-issue", "token issue -f json"),
    os("network-list-empty", "network list -f json"),
    os("network-agent-list", "network agent list -f json"),
    os("extension-list-network", "extension list --network -c Alias -c Name -f json"),
    os("network-create-provider-ext", EXT),
    os("network-show-provider-ext", "network show provider-ext -f json").before(&[EXT, TAGGED, FIP]),
    os("network-show-id-value", "network show provider-ext -c id -f value").before(&[EXT]),
    os("network-create-same-physnet", EXT).before(&[EXT]),
    os(
        "network-create-unknown-physnet",
        "network create --external --provider-network-type flat --provider-physical-network physnet9 x -f json",
    ),
    os("network-set-tags", TAGGED).before(&[EXT]),
    os("subnet-create-provider-ext-fip", FIP).before(&[EXT]),
    os("subnet-show-provider-ext-fip", "subnet show provider-ext-fip -f json").before(&[EXT, FIP]),
    os("subnet-list", "subnet list -f json").before(&[EXT, FIP]),
    os("subnet-list-long", "subnet list --long -f json").before(&[EXT, FIP]),
    os("subnet-list-by-network", "subnet list --network provider-ext -f json").before(&[EXT, FIP]),
    os("subnet-list-by-tag", "subnet list --tags role=provider -f json").before(&[EXT, FIP]),
    os("subnet-create-overlap", FIP).before(&[EXT, FIP]),
    os(
        "subnet-create-pool-outside",
        "subnet create --network provider-ext --subnet-range 10.99.0.0/24 --no-dhcp --allocation-pool \
         start=10.98.0.10,end=10.98.0.20 bad -f json",
    )
    .before(&[EXT]),
    os(
        "subnet-create-gateway-in-pool",
        "subnet create --network provider-ext --subnet-range 10.99.0.0/24 --gateway 10.99.0.10 --allocation-pool \
         start=10.99.0.2,end=10.99.0.20 bad -f json",
    )
    .before(&[EXT]),
    os("subnet-create-bad-cidr", "subnet create --network provider-ext --subnet-range 10.99.0.0/33 bad -f json")
        .before(&[EXT]),
    os("subnet-create-missing-network", "subnet create --network nope --subnet-range 10.99.0.0/24 bad -f json"),
    os("network-show-missing", "network show nope -f json"),
    os("network-show-missing-id", "network show 00000000-0000-0000-0000-00000000dead -f json"),
    os("network-delete-missing", "network delete nope"),
    os("network-list-external", "network list --external -f json").before(&[EXT, FIP]),
    os("network-list-by-name-missing", "network list --name nope -f json"),
    os("network-create-internal", INT),
    os("subnet-create-internal", SUB).before(&[INT]),
    os("network-create-twin-2", TWIN).before(&[TWIN]),
    os("network-list-by-name-twin", "network list --name twin -f json").before(&[TWIN, TWIN]),
    os("network-show-twin", "network show twin -f json").before(&[TWIN, TWIN]),
    os("network-delete-twin", "network delete twin").before(&[TWIN, TWIN]),
    os("network-delete-two-one-missing", "network delete twin nope").before(&[TWIN]),
    os("network-list", "network list -f json").before(&[EXT, FIP, INT]),
    os("network-list-long", "network list --long -f json").before(&[EXT, FIP, INT]),
    os("network-create-external-vlan", VLAN),
    os("subnet-create-external-vlan", "subnet create --network ext-vlan --subnet-range 10.77.0.0/24 --no-dhcp ext-vlan-sub -f json")
        .before(&[VLAN]),
    os(
        "network-create-same-vlan",
        "network create --provider-network-type vlan --provider-physical-network physnet1 --provider-segment 1500 b -f json",
    )
    .before(&[VLAN]),
    os("router-create", R1),
    os("router-list-two", "router list -f json").before(&[R1, R1]),
    os("router-show-ambiguous", "router show r1 -f json").before(&[R1, R1]),
    os("router-set-gateway", GATEWAY).before(&[EXT, FIP, R1]),
    os("router-add-subnet", ADD).before(&[INT, SUB, R1]),
    os("router-add-subnet-again", ADD).before(&[INT, SUB, R1, ADD]),
    os("router-show", "router show r1 -f json").before(&[EXT, FIP, INT, SUB, R1, GATEWAY, ADD]),
    os("router-list-long", "router list --long -f json").before(&[EXT, FIP, R1, GATEWAY]),
    os("router-delete-in-use", "router delete r1").before(&[INT, SUB, R1, ADD]),
    os("subnet-delete-in-use", "subnet delete int-sub").before(&[INT, SUB, R1, ADD]),
    os("network-delete-in-use", "network delete int-net").before(&[INT, SUB, R1, ADD]),
    os("subnet-set-tag-add", "subnet set --tag extra=1 provider-ext-fip").before(&[EXT, FIP]),
    os("subnet-unset-tag-missing", "subnet unset --tag never provider-ext-fip").before(&[EXT, FIP]),
    os(
        "subnet-set-pool-shrink-in-use",
        "subnet set --no-allocation-pool --allocation-pool start=10.12.7.250,end=10.12.7.254 provider-ext-fip",
    )
    .before(&[EXT, FIP]),
    os("image-list-empty", "image list -f json"),
    os("image-show-missing", "image show nope -f json"),
    Row { patch: IMAGES, ..os("image-list", "image list -f json") },
    Row { patch: IMAGES, ..os("image-list-long", "image list --long -f json") },
    Row { patch: IMAGES, ..os("image-list-by-tag", "image list --tag octavia-amphora -f json") },
    Row { patch: IMAGES, ..os("image-show", "image show 0f0c0d1e-0000-4000-8000-000000000001 -f json") }.optional(&[
        "os_hash_algo",
        "os_hash_value",
        "owner_specified.openstack.md5",
        "owner_specified.openstack.sha256",
        "owner_specified.openstack.object",
        "openstack",
        "md5",
        "sha256",
        "object",
        "stores",
        "hw_disk_bus",
    ]),
    Row { patch: TWIN_IMAGES, ..os("image-show-ambiguous", "image show img1 -f json") },
    os("error-wrong-password", "OS_AUTH_URL=https://10.12.4.50:5000/v3 OS_USERNAME=admin OS_PASSWORD=no network list -f json"),
    os("error-no-auth-url", "OS_AUTH_URL= network list -f json"),
    os("error-keystone-unreachable", "OS_AUTH_URL=http://10.12.4.99:1/v3 network list -f json"),
    os("error-keystone-wrong-path", "OS_AUTH_URL=https://10.12.4.50:5000/v9 network list -f json"),
    os("error-unknown-option", "network list --frobnicate -f json"),
    os("error-missing-argument", "network show -f json"),
    os("error-unknown-column", "network list -c nope -f json"),
    os("error-exclusive-options", "network create --share --no-share x -f json"),
];

const IMAGES: &str = r#"[{"op": "add", "path": "/openstack/images", "value": {
  "0f0c0d1e-0000-4000-8000-000000000001": {
    "name": "img1", "status": "active", "disk_format": "raw", "size": 65536, "checksum": "0", "owner": "p",
    "tags": ["omega", "octavia-amphora"], "properties": {"os_distro": "ubuntu"},
    "created_at": "2026-11-20T22:00:00Z", "updated_at": "2026-11-20T22:00:00Z"}}}]"#;
const TWIN_IMAGES: &str = r#"[{"op": "add", "path": "/openstack/images", "value": {
  "0f0c0d1e-0000-4000-8000-000000000001": {"name": "img1", "status": "active", "disk_format": "raw", "owner": "p",
    "created_at": "2026-11-20T22:00:00Z", "updated_at": "2026-11-20T22:00:00Z"},
  "0f0c0d1e-0000-4000-8000-000000000002": {"name": "img1", "status": "queued", "disk_format": "raw", "owner": "p",
    "created_at": "2026-11-20T22:00:00Z", "updated_at": "2026-11-20T22:00:00Z"}}}]"#;
/// The captured cloud had no volume service.
const NO_CINDER: &str = r#"[{"op": "remove", "path": "/openstack/keystone/services/cinderv3"}]"#;
