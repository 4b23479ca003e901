#!/bin/bash
# Tools that jobs expect. Each apt-get waits for the updates that Ubuntu begins by itself when it starts.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt="sudo -E apt-get -o DPkg::Lock::Timeout=300 -q"

$apt update
$apt install -y --no-install-recommends git jq unzip zip build-essential docker.io

# Jobs run as another user than this one: what they need is for all.
sudo install -d -m 0777 /opt/hostedtoolcache
echo "AGENT_TOOLSDIRECTORY=/opt/hostedtoolcache" | sudo tee -a /etc/environment
