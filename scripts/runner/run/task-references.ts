/** Which task of the extension a step's `task:` means. */
import type { ExtensionPackage, PackagedTask } from "../package/vsix.ts";

/** The older tasks this extension succeeds (their names are its aliases), by name in lower case. */
const olderTasks: Readonly<Record<string, { readonly name: string; readonly major: number }>> = {
  azureimagebuildertask: { name: "AzureImageBuilder", major: 1 },
  azureimagebuildertaskv2: { name: "AzureImageBuilder", major: 1 },
};

/**
 * Finds the task for `Name@1`, `publisher.extension.contribution.Name@1`, `<task id>@1` or an older task's name;
 * undefined when the extension does not bring it. Throws an Error when it brings the task, but not that major.
 */
export function findTask(extension: ExtensionPackage, reference: string): PackagedTask | undefined {
  const [full = "", version = ""] = reference.split("@");
  const short = (full.split(".").at(-1) ?? full).toLowerCase();
  const older = Object.hasOwn(olderTasks, short) ? olderTasks[short] : undefined;
  const major = older?.major ?? Number(version.split(".")[0]);
  const wanted = older?.name.toLowerCase() ?? short;
  const named = extension.tasks.filter(
    ({ definition }) => definition.name.toLowerCase() === wanted || definition.id.toLowerCase() === full.toLowerCase(),
  );
  const found = named.find(({ definition }) => definition.version.major === major);
  if (found === undefined && named.length > 0) {
    const majors = named.map(({ definition }) => `@${definition.version.major}`).join(", ");
    throw new Error(
      `"${reference}" is not in the extension: its ${named[0]?.definition.name ?? wanted} has ${majors}.`,
    );
  }
  return found;
}

/** `Name@major`, as a report calls it. */
export function taskLabel({ definition }: PackagedTask): string {
  return `${definition.name}@${definition.version.major}`;
}

/** The name without its version, as reference names are made from it. */
export function baseName(reference: string): string {
  return (reference.split("@")[0] ?? reference).split(".").at(-1) ?? reference;
}
