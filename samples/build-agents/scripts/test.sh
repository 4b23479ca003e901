#!/bin/bash
# Runs on a machine made of the image. An error keeps the image from being published.
set -euo pipefail
for tool in git jq unzip zip make docker; do
  command -v "$tool"
done
test -d /opt/hostedtoolcache
