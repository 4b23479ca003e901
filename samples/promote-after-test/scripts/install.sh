#!/bin/bash
# What the image is for.
set -euo pipefail
sudo install -d /opt/web
echo "ready" | sudo tee /opt/web/state
