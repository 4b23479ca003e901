#!/bin/sh
# Installs the trail log into the image. Runs as root while the image is baked; nothing is started here.
set -eu

source=$(cd "$(dirname "$0")" && pwd)
target=/opt/trail-log

id trail-log >/dev/null 2>&1 || useradd --system --home-dir "$target" --shell /usr/sbin/nologin trail-log

mkdir -p "$target"
cp -a "$source/." "$target/"
chown -R root:root "$target"

install -m 0644 "$source/systemd/trail-log.service" /etc/systemd/system/trail-log.service
install -m 0644 "$source/config/trail-log.env" /etc/default/trail-log

# What `systemctl enable` does; no running systemd is needed for it.
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sfn /etc/systemd/system/trail-log.service /etc/systemd/system/multi-user.target.wants/trail-log.service

"$target/bin/selfcheck" "$target"
echo "The trail log $(cat "$target/VERSION") is installed in $target."
