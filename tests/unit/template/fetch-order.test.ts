/** Which customizers fetch an artifact. */
import assert from "node:assert/strict";
import type { ArtifactAccess } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";
import { buildFetch } from "../../../tasks/AzureImageBuilderV1/src/template/fetch.ts";

const address = "https://stimages.blob.core.windows.net/c/v1/web";
const sha256 = "a".repeat(64);

describe("the customizers that fetch an artifact", () => {
  const built = (access: ArtifactAccess, osType: "linux" | "windows"): ReturnType<typeof buildFetch> => {
    const place = osType === "linux" ? "/tmp/web" : "c:\\buildartifacts\\web";
    const plan = { format: "zip", deriveModes: false, archiveInImage: `${place}.zip`, folderInImage: place } as const;
    const artifact = { access, url: new Secret(address), sha256, content: "c".repeat(64), size: 1 };
    return buildFetch(plan, artifact, osType);
  };

  const single: readonly ArtifactAccess[] = [
    { kind: "vmIdentity", identityId: "/i" },
    { kind: "delegationSas" },
    { kind: "accountKey" },
  ];
  for (const access of single) {
    it(`are one script for ${access.kind}`, () => {
      const [linux, windows] = [built(access, "linux"), built(access, "windows")];
      assert.deepEqual(
        [linux, windows].map((list) => list.map(({ type, name }) => [type, name])),
        [[["Shell", "fetch-artifact"]], [["PowerShell", "fetch-artifact"]]],
      );
    });
  }

  for (const [osType, destination] of [
    ["linux", "/tmp/web.zip"],
    ["windows", "C:\\Windows\\Temp\\web.zip"],
  ] as const) {
    it(`are a file that the service places and a script for templateIdentity on ${osType}`, () => {
      const [file, script, ...more] = built({ kind: "templateIdentity", maxBytes: 1 }, osType);
      const common = { sourceUri: address, sha256Checksum: sha256 };
      assert.deepEqual(file, { type: "File", name: "fetch-artifact-file", ...common, destination });
      assert.equal(script?.name, "fetch-artifact");
      assert.doesNotMatch(JSON.stringify(script), /https:/);
      assert.deepEqual(more, []);
    });
  }
});
