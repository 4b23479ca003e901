#!/bin/bash
# What every machine of the scale set has.
set -euo pipefail
sudo install -d /opt/web
echo "ready" | sudo tee /opt/web/state
