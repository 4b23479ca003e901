/** Where a File step puts its file (facts, sections 1.5 and 10, P15). */
import type { FileCustomizer } from "../../image-template.ts";
import type { Problem } from "../types.ts";

/** Where the step stands. */
export interface FilePlace {
  readonly title: string;
  readonly isLinux: boolean;
  /** Scripts of earlier steps, which may have made places for files. */
  readonly earlier: readonly string[];
}

/** What is wrong with the destination. */
export function lintFile({ destination, sourceUri }: FileCustomizer, place: FilePlace): readonly Problem[] {
  const { title, isLinux, earlier } = place;
  const file = fileOf(sourceUri);
  if (/[\\/]$/.test(destination) || /^(?:\/tmp|[a-z]:)$/i.test(destination)) {
    const folder = destination.replace(/[\\/]+$/, "");
    return [
      {
        code: "AIB099",
        message:
          `The destination \`${destination}\` of ${title} is a folder: the service wants the file's whole path with its ` +
          "name, and the step would fail.",
        remedy: `Write \`${folder}${isLinux ? "/" : "\\"}${file}\`.`,
      },
    ];
  }
  const folder = destination.split("/").slice(0, 2).join("/");
  const isOpen = /^\/(?:var\/)?tmp\//.test(destination) || /^\/(?:dev\/shm|home)\//.test(destination);
  if (!isLinux || !destination.startsWith("/") || isOpen || earlier.some((text) => opens(text, folder))) return [];
  return [
    {
      code: "AIB099",
      message:
        `The destination \`${destination}\` of ${title} is outside /tmp: the service writes files as an ordinary user, ` +
        "and the step would fail.",
      remedy: `Let the step write to \`/tmp/${file}\`, and move the file in a Shell step behind it.`,
      commands: [`sudo mv /tmp/${file} ${destination}`],
    },
  ];
}

/** Whether a script makes something below the folder writable for others. */
function opens(text: string, folder: string): boolean {
  return text
    .split("\n")
    .some((line) => /\b(?:chmod|chown|install|setfacl|mount)\b/.test(line) && line.includes(folder));
}

function fileOf(sourceUri: string): string {
  const name = URL.canParse(sourceUri) ? (new URL(sourceUri).pathname.split("/").at(-1) ?? "") : "";
  return name === "" ? "file" : name;
}
