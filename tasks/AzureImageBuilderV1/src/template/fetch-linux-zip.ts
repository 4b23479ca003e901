/** The shell lines that unpack a zip in a Linux image. */

/**
 * Lines for `/bin/sh -e` that unpack `$archive` into `into`, a quoted shell expression, by whatever is there; `has` and
 * `$root` are set. unzip comes first; without a UTF-8 locale it would garble names, so python3 goes before it then.
 * The lines for python3 do what unzip does with archives that others made: names of a Unix system that are not marked as
 * UTF-8 are bytes, and a backslash of an old .NET is a slash.
 */
export function unzipLines(into: string): readonly string[] {
  return text.replaceAll("INTO", into).trim().split("\n");
}

const text = `
utf8=$(locale -a 2>/dev/null | sed -n '/[Uu][Tt][Ff]-\\{0,1\\}8$/{p;q;}')
if has unzip && { [ -n "$utf8" ] || ! has python3; }; then
  code=0
  $root env LC_ALL="\${utf8:-C.UTF-8}" unzip -q -o -^ -d INTO "$archive" || code=$?
  # 1 is a warning.
  if [ "$code" -gt 1 ]; then
    echo "unzip could not unpack $archive (exit code $code)." >&2
    exit 1
  fi
elif has python3; then
  $root python3 -c 'import os, shutil, stat, sys, zipfile
archive, into = sys.argv[1], os.path.realpath(os.fsencode(sys.argv[2]))
links, folders = [], []
with zipfile.ZipFile(archive) as source:
    for entry in source.infolist():
        name = entry.filename
        if entry.create_system == 0 and "/" not in name: name = name.replace(chr(92), "/")
        raw = entry.create_system == 3 and not entry.flag_bits & 0x800 and name == entry.orig_filename
        path = name.encode("cp437" if raw else "utf-8")
        parts = [part for part in path.split(b"/") if part not in (b"", b".")]
        if b".." in parts or path.startswith(b"/"):
            sys.exit("%s has an entry that leads out of the folder: %r" % (archive, name))
        place = os.path.join(into, *parts)
        mode = entry.external_attr >> 16 if entry.create_system == 3 else 0
        if path.endswith(b"/"):
            os.makedirs(place, exist_ok=True)
            if mode: folders.append((place, stat.S_IMODE(mode)))
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if os.path.lexists(place): os.unlink(place)
        if stat.S_ISLNK(mode):
            links.append((place, source.read(entry)))
            continue
        with source.open(entry) as packed, open(place, "xb") as unpacked:
            shutil.copyfileobj(packed, unpacked, 1 << 20)
        if mode: os.chmod(place, stat.S_IMODE(mode))
for place, target in links:
    if (os.path.realpath(os.path.dirname(place)) + b"/").startswith(into.rstrip(b"/") + b"/"):
        os.symlink(target, place)
    else:
        sys.exit("%s has a link that leads out of the folder: %r" % (archive, place))
for place, mode in reversed(folders): os.chmod(place, mode)' "$archive" INTO
elif has bsdtar; then
  $root env LC_ALL="\${utf8:-C.UTF-8}" bsdtar -x -o -f "$archive" -C INTO
elif has 7z || has 7za || has 7zz; then
  for program in 7z 7za 7zz; do if has "$program"; then break; fi; done
  $root env LC_ALL="\${utf8:-C.UTF-8}" "$program" x -y -bd -oINTO -- "$archive" >/dev/null
elif has busybox; then
  $root busybox unzip -q -o -d INTO "$archive"
else
  echo "$archive cannot be unpacked: none of unzip, python3, bsdtar, 7z, 7za, 7zz and busybox is installed." >&2
  exit 1
fi
`;
