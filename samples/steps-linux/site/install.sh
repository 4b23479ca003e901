#!/bin/bash
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sudo mkdir -p /opt/site
sudo cp "$here/index.html" /opt/site/index.html
echo "$RING" | sudo tee /opt/site/ring >/dev/null
