#!/bin/sh
# Puts the page beside this script where the web server looks for it.
set -eu
here=$(dirname "$0")
install -d /opt/site
install -m 0644 "$here/index.html" /opt/site/index.html
