/** Files the machine brings along for the time of the build; none of them becomes part of the image. */
import { BUILD_USER } from "./guest-user.ts";

/** Where the service keeps the script that generalises the machine (image builder facts, section 1.5). */
export const DEPROVISIONING_SCRIPT = "/tmp/DeprovisioningScript.sh";

/** Its text, as the service's documents print it. */
export const DEPROVISIONING_TEXT = "/usr/sbin/waagent -force -deprovision+user && export HISTSIZE=0 && sync\n";

/** Bundles of trusted certificates by distribution: Debian and Ubuntu, Red Hat, SUSE. */
export const CA_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/ca-bundle.pem",
] as const;

/** The agent's generalising step, as far as an overlay needs it. The warnings are those of a recorded log. */
export const WAAGENT = `#!/bin/sh
# Stands in for the Azure Linux agent while the image is built.
case "$*" in
  *-deprovision*) ;;
  *) exit 0 ;;
esac
echo "WARNING! The waagent service will be stopped."
echo "WARNING! Cached DHCP leases will be deleted."
echo "WARNING! root password will be disabled. You will not be able to login as root."
echo "WARNING! ${BUILD_USER} account and entire home directory will be deleted."
rm -rf /home/${BUILD_USER} /root/.bash_history /etc/sudoers.d/90-cloud-init-users
for file in /etc/passwd /etc/shadow /etc/group /etc/gshadow; do
  [ ! -f "$file" ] || sed -i '/^${BUILD_USER}:/d' "$file"
done
`;

/** Passwordless sudo for the build user, as cloud-init sets it up on Azure's images. */
export const SUDOERS = `${BUILD_USER} ALL=(ALL) NOPASSWD:ALL\n`;

const SUDO_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Stand-in for sudo on a host without it: the options scripts use, over `su`, which PAM lets through (SU_PAM).
 * Unknown options are refused rather than guessed.
 */
export const SUDO_SHIM = `#!/bin/sh
user=root
keep=no
login=no
while [ $# -gt 0 ]; do
  case "$1" in
    -u) user=$2; shift 2 ;;
    --user=*) user=\${1#--user=}; shift ;;
    -E | --preserve-env) keep=yes; shift ;;
    -i | -s | --login | --shell) login=yes; shift ;;
    -H | -n | -S | -k | --set-home | --non-interactive | --stdin) shift ;;
    -v | -K) exit 0 ;;
    --) shift; break ;;
    -*) echo "sudo: option $1 is not known to this stand-in; install the package sudo" >&2; exit 1 ;;
    *) break ;;
  esac
done
if [ $# -eq 0 ]; then
  [ "$login" = yes ] || { echo "usage: sudo command" >&2; exit 1; }
  set -- /bin/sh
elif [ "$login" = yes ]; then
  set -- /bin/sh -c "$*"
fi
home=$(getent passwd "$user" | cut -d: -f6)
[ -n "$home" ] || { echo "sudo: unknown user $user" >&2; exit 1; }
if [ "$keep" = yes ]; then
  set -- env SUDO_USER="$(id -un)" PATH="${SUDO_PATH}" "$@"
else
  set -- env -i HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/sh LANG="\${LANG:-C.UTF-8}" TERM="\${TERM:-unknown}" SUDO_USER="$(id -un)" PATH="${SUDO_PATH}" "$@"
fi
# su knows the way to root only: it refuses users whose shell is no login shell.
exec su -s /bin/sh root -c 'user=$1; shift; exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"' -- sh "$user" "$@"
`;

/** PAM rules under which the stand-in may become any user: only inside the throw-away machine. */
export const SU_PAM =
  "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\nsession optional pam_permit.so\n";
