# Runs on a machine that was made of the image.
set -eu
test "$(cat /opt/web/state)" = ready
systemctl is-system-running --wait || systemctl list-units --failed
echo "image test passed"
