/** Names that NTFS and Windows cannot hold (Microsoft, "Naming Files, Paths, and Namespaces"). */
import { nameClash, nameImpossible } from "./faults.ts";

const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;

/** Why Windows cannot hold a file or folder of that name; undefined where it can. */
export function windowsNameFault(name: string): string | undefined {
  const bad = /[\\:*?"<>|\u0000-\u001f]/.exec(name)?.[0];
  if (bad !== undefined) return `Windows allows no ${JSON.stringify(bad)} in a name`;
  if (/[. ]$/.test(name)) return "Windows drops dots and spaces at the end of a name";
  if (reserved.test(name)) return "Windows keeps that name for a device";
  return name.length > 255 ? "it has more than 255 characters" : undefined;
}

/** Takes a folder's names one by one. Throws a TaskError that names what Windows cannot hold, alone or side by side. */
export function windowsNameCheck({ folder, prefix }: { readonly folder: string; readonly prefix: string }) {
  const seen = new Map<string, string>();
  return (name: string): void => {
    const why = windowsNameFault(name);
    if (why !== undefined) throw nameImpossible(prefix + name, why);
    // NTFS compares by upper case.
    const key = name.toUpperCase();
    const other = seen.get(key);
    if (other !== undefined) throw nameClash(folder, other, name);
    seen.set(key, name);
  };
}
