/** The build user in the account files of the image. */
export const BUILD_USER = "packer";

/** Account files that name users, in the form `name:…` per line. */
export const ACCOUNT_FILES = ["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"] as const;
type AccountFile = (typeof ACCOUNT_FILES)[number];

const FIRST_USER_ID = 1000;

/** The lowest number from 1000 on that no account and no group has. */
export function freeUserId(passwd: string, group: string): number {
  const taken = new Set(
    [passwd, group].flatMap((text) => text.split("\n").map((line) => Number(line.split(":")[2] ?? "NaN"))),
  );
  let id = FIRST_USER_ID;
  while (taken.has(id)) id += 1;
  return id;
}

/** An account file with the build user added. */
export function withBuildUser(file: AccountFile, text: string, id: number): string {
  const lines: Record<AccountFile, string> = {
    "/etc/passwd": `${BUILD_USER}:x:${id}:${id}::/home/${BUILD_USER}:/bin/bash`,
    "/etc/shadow": `${BUILD_USER}:*:19000:0:99999:7:::`,
    "/etc/group": `${BUILD_USER}:x:${id}:`,
    "/etc/gshadow": `${BUILD_USER}:!::`,
  };
  return `${withoutBuildUser(text).replace(/\n*$/, "\n")}${lines[file]}\n`.replace(/^\n/, "");
}

/** An account file without the build user, neither as an account nor as a member of groups. */
export function withoutBuildUser(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith(`${BUILD_USER}:`))
    .map((line) =>
      line
        .replace(new RegExp(`([:,])${BUILD_USER}(?=,|$)`), "$1")
        .replace(/,$/, "")
        .replace(":,", ":"),
    )
    .join("\n");
}
