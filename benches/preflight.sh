#!/bin/bash
# What preflight asks, as the bash it takes the place of would ask it: the same calls, once each, and jq for the facts.
set -euo pipefail
planes="10.12.4.0/22 10.12.8.0/22 10.12.12.0/22 10.12.16.0/22 10.12.32.0/22 10.12.36.0/22"
subnets=$(maas admin subnets read)
ranges=$(maas admin ipranges read)
machines=$(maas admin machines read)
who=$(juju whoami --format json)
defaults=$(juju model-defaults default-space --format json --cloud omega-maas)
for plane in $planes; do
    echo "$plane vid $(jq -r --arg c "$plane" '.[] | select(.cidr == $c) | .vlan.vid' <<<"$subnets")"
    echo "$plane gateway $(jq -r --arg c "$plane" '.[] | select(.cidr == $c) | .gateway_ip' <<<"$subnets")"
    echo "$plane dns $(jq -r --arg c "$plane" '.[] | select(.cidr == $c) | .dns_servers[]' <<<"$subnets")"
done
for start in 10.12.4.2 10.12.8.2 10.12.12.2 10.12.4.101 10.12.5.0; do
    echo "reserve $start $(jq -r --arg s "$start" '.[] | select(.start_ip == $s) | .type + " " + .end_ip' <<<"$ranges")"
done
for host in openstack0 openstack1 openstack2 openstack3; do
    echo "$host $(jq -r --arg h "$host" '.[] | select(.hostname == $h) | .status_name + " " + .power_state' <<<"$machines")"
    echo "$host $(jq -r --arg h "$host" '.[] | select(.hostname == $h) | .interface_set[] | .name + " " + (.links[] | (.ip_address // "-") + " " + .subnet.cidr)' <<<"$machines")"
    echo "$host $(jq -r --arg h "$host" '.[] | select(.hostname == $h) | .interface_set[] | select(.name == "br-metal") | .params.bridge_type' <<<"$machines")"
    disk=$(ssh -o BatchMode=yes -o ConnectTimeout=10 operator@10.12.64.1 -- sudo -n qemu-img info "'--output=json'" "/var/lib/libvirt/images/$host-1.qcow2")
    echo "$host $(jq -r '.format + " " + (."actual-size" | tostring)' <<<"$disk")"
done
echo "user $(jq -r .user <<<"$who")"
echo "default space $(jq -r '."default-space".controller' <<<"$defaults")"
