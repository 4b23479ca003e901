sudo mkdir -p /opt/site
printf '%s: %s\n' "$RING" "$MOTTO" | sudo tee /opt/site/motto >/dev/null
