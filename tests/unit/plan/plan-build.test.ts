import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { readRunIdentity } from "../../../tasks/AzureImageBuilderV1/src/facts/run-identity.ts";
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { agentOf, definition, group, step, subscription, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "./facts.ts";

const plan = (changes: StepInputs = {}, facts: Partial<Facts> = {}): BuildPlan =>
  planBuild(parseInputs(agentOf(step(changes))), factsOf(facts));
const notesOf = (changes: StepInputs, facts: Partial<Facts> = {}): readonly string[] =>
  plan(changes, facts).notes.map(({ code, input }) => `${input} ${code}`);
const windows = { source: { osType: "windows" } } as const;
const withArtifact = { artifactPath: "out/web", storageAccount: "stimages" };

function problems(changes: StepInputs, facts: Partial<Facts> = {}): readonly string[] {
  try {
    plan(changes, facts);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ input, code }) => `${input} ${code}`);
  }
}

describe("the template's name", () => {
  const name = (facts: Partial<Facts>): string => plan({}, facts).template.name;

  it("is aib- and 16 hex digits", () => {
    assert.match(name({}), /^aib-[0-9a-f]{16}$/);
  });

  it("is the same for the same step of the same run", () => {
    assert.equal(name({}), name({}));
  });

  for (const part of ["collection", "project", "id", "stage", "job", "step"] as const) {
    it(`differs with the run's ${part}`, () => {
      const { run } = factsOf();
      assert.notEqual(name({ run: { ...run, [part]: `${run[part]}x` } }), name({}));
    });
  }

  it("differs between jobs of a matrix, and stays the same in a second attempt", () => {
    const nameOf = (job: string, attempt: string): string => {
      const variables: Readonly<Record<string, string>> = {
        "System.PhaseName": "Bake",
        "System.JobName": job,
        "System.JobAttempt": attempt,
        "System.StageAttempt": attempt,
        "System.JobId": `${job}-${attempt}`,
      };
      return name({ run: readRunIdentity({ variable: (one) => variables[one] }) });
    };
    assert.equal(nameOf("linux", "2"), nameOf("linux", "1"));
    assert.notEqual(nameOf("windows", "1"), nameOf("linux", "1"));
  });

  it("is the user's when given", () => {
    assert.equal(plan({ templateName: "web.image_1" }).template.name, "web.image_1");
  });
});

describe("the operating system", () => {
  const cases: readonly (readonly [
    title: string,
    StepInputs,
    Partial<Facts>,
    osType: string,
    notes: readonly string[],
  ])[] = [
    ["is read from the image", {}, {}, "linux", ["osType AIB203"]],
    ["is the one given where the image does not tell", { osType: "windows" }, { source: {} }, "windows", []],
    [
      "comes from an old four-part name",
      { sourceImage: "a:b:c:windows" },
      { source: {} },
      "windows",
      ["osType AIB203"],
    ],
    ["is the image's against an older provisioner", { osType: "shell" }, windows, "windows", ["osType AIB203"]],
    [
      "is the provisioner's where the image does not tell",
      { provisioner: "PowerShell" },
      { source: {} },
      "windows",
      [],
    ],
  ];
  for (const [title, changes, facts, osType, notes] of cases) {
    it(title, () => {
      assert.equal(plan(changes, facts).osType, osType);
      assert.deepEqual(
        notesOf(changes, facts).filter((note) => note.startsWith("osType")),
        notes,
      );
    });
  }

  it("must be given when nothing tells it", () => {
    assert.deepEqual(problems({}, { source: {} }), ["osType AIB132"]);
  });

  it("must not contradict the image", () => {
    assert.deepEqual(problems({ osType: "linux" }, windows), ["osType AIB133"]);
  });
});

describe("steps inside the image", () => {
  const kinds = (changes: StepInputs, facts: Partial<Facts> = {}): readonly string[] =>
    plan(changes, facts).customize.map((one) =>
      one.kind === "customizer" ? `${one.customizer.type} ${one.customizer.name}` : one.kind,
    );

  it("are artifact, script and updates, in this order", () => {
    const all = { ...withArtifact, inlineScript: "dir", windowsUpdate: "true" };
    assert.deepEqual(kinds(all, windows), [
      "fetchArtifact",
      "PowerShell inline-script",
      "PowerShell wait-before-windows-update",
      "WindowsUpdate windows-update",
    ]);
  });

  it("are none when nothing is asked for", () => {
    assert.deepEqual(kinds({ inlineScript: " \n" }), []);
  });

  it("wait five minutes before updates, and leave previews out", () => {
    const [wait, update] = plan({ windowsUpdate: "true" }, windows).customize;
    assert.deepEqual(wait?.kind === "customizer" && wait.customizer, {
      type: "PowerShell",
      name: "wait-before-windows-update",
      inline: ["Start-Sleep -Seconds 300"],
      runElevated: false,
      runAsSystem: false,
    });
    assert.deepEqual(update?.kind === "customizer" && update.customizer, {
      type: "WindowsUpdate",
      name: "windows-update",
      searchCriteria: "IsInstalled=0",
      filters: ["exclude:$_.Title -like '*Preview*'", "include:$true"],
    });
  });

  const elevations: readonly (readonly [StepInputs, boolean, boolean])[] = [
    [{}, false, false],
    [{ runElevated: "true" }, true, false],
    [{ runElevated: "true", runAsSystem: "true" }, true, true],
    [{ runAsSystem: "true" }, false, false],
  ];
  for (const [changes, runElevated, runAsSystem] of elevations) {
    it(`run with the rights of ${JSON.stringify(changes)}`, () => {
      const [first] = plan({ inlineScript: "dir", ...changes }, windows).customize;
      assert.deepEqual(first?.kind === "customizer" && first.customizer, {
        type: "PowerShell",
        name: "inline-script",
        inline: ["dir"],
        runElevated,
        runAsSystem,
      });
    });
  }

  it("leave Windows wishes out on Linux, with a note for each", () => {
    const wishes = { windowsUpdate: "true", runElevated: "true" };
    assert.deepEqual(kinds(wishes), []);
    assert.deepEqual(
      notesOf(wishes).filter((note) => note.endsWith("AIB201")),
      ["windowsUpdate AIB201", "runElevated AIB201"],
    );
  });

  const shebangs: readonly (readonly [script: string, inline: readonly string[]])[] = [
    ["echo a\necho b", ["echo a", "echo b"]],
    ["#!/bin/bash\nset -u", ["#!/bin/bash", "set -e", "set -u"]],
    ["#!/usr/bin/env bash\necho", ["#!/usr/bin/env bash", "set -e", "echo"]],
    ["#!/usr/bin/python3\nprint(1)", ["#!/usr/bin/python3", "print(1)"]],
  ];
  for (const [script, inline] of shebangs) {
    it(`keep the first failing line fatal in ${JSON.stringify(script)}`, () => {
      const [first] = plan({ inlineScript: script }).customize;
      assert.deepEqual(first?.kind === "customizer" && "inline" in first.customizer && first.customizer.inline, inline);
    });
  }
});

describe("the artifact's way", () => {
  it("keeps the older tasks' places in a Linux image", () => {
    const { artifact } = plan(withArtifact);
    assert.deepEqual(
      [artifact?.source, artifact?.format, artifact?.archiveInImage, artifact?.folderInImage],
      [{ kind: "folder", path: "/agent/1/s/out/web" }, "tar.gz", "/tmp/web.tar.gz", "/tmp/web"],
    );
  });

  it("keeps the older tasks' places in a Windows image", () => {
    const { artifact } = plan(withArtifact, windows);
    assert.deepEqual(
      [artifact?.format, artifact?.archiveInImage, artifact?.folderInImage],
      ["zip", "c:\\buildartifacts\\web.zip", "c:\\buildartifacts\\web"],
    );
  });

  for (const [minutes, expires] of [
    ["0", "2026-11-23T15:00:00.000Z"],
    ["6", "2026-11-23T11:06:00.000Z"],
    ["960", "2026-11-24T03:00:00.000Z"],
  ] as const) {
    it(`opens until an hour after a build of ${minutes} minutes`, () => {
      assert.equal(
        plan({ ...withArtifact, buildTimeoutInMinutes: minutes }).artifact?.urlExpires.toISOString(),
        expires,
      );
    });
  }

  it("hands an archive over as it is, and unpacks it to a folder of its name", () => {
    const archive = { ...withArtifact, artifactPath: "out/site.v2.tar.gz" };
    const { artifact } = plan(archive, { artifact: { kind: "archive", format: "tar.gz" } });
    assert.deepEqual(
      [artifact?.source, artifact?.format, artifact?.archiveInImage, artifact?.folderInImage],
      [{ kind: "archive", path: "/agent/1/s/out/site.v2.tar.gz" }, "tar.gz", "/tmp/site.v2.tar.gz", "/tmp/site.v2"],
    );
    const zip = plan({ ...withArtifact, artifactPath: "site.zip" }, { artifact: { kind: "archive", format: "zip" } });
    assert.deepEqual([zip.artifact?.format, zip.artifact?.folderInImage], ["zip", "/tmp/site"]);
  });

  const folders: readonly (readonly [path: string, Partial<Facts>])[] = [
    ["/", {}],
    ["out/a:b", windows],
    ["out/nul", windows],
    ["out/ends.", windows],
  ];
  for (const [artifactPath, facts] of folders) {
    it(`cannot end at the name of ${artifactPath}`, () => {
      assert.deepEqual(problems({ ...withArtifact, artifactPath }, facts), ["artifactPath AIB113"]);
    });
  }
});

describe("the build VM", () => {
  const sizes: readonly (readonly [Facts["source"], string])[] = [
    [{ osType: "linux" }, "Standard_D2ds_v5"],
    [{ osType: "linux", hyperVGeneration: "V1", architecture: "x64" }, "Standard_D2ds_v5"],
    [{ osType: "windows", hyperVGeneration: "V2", architecture: "x64" }, "Standard_D2ds_v5"],
    [{ osType: "linux", hyperVGeneration: "V2", architecture: "Arm64" }, "Standard_D2pds_v5"],
  ];
  for (const [source, size] of sizes) {
    it(`has the size ${size} for ${JSON.stringify(source)}`, () => {
      assert.equal(plan({}, { source }).vmProfile?.vmSize, size);
      assert.ok(notesOf({}, { source }).includes("vmSize AIB204"));
    });
  }

  it("has the size that is given, without a note", () => {
    assert.equal(plan({ vmSize: "Standard_B2s" }).vmProfile?.vmSize, "Standard_B2s");
    assert.ok(!notesOf({ vmSize: "Standard_B2s" }).includes("vmSize AIB204"));
  });
});

describe("the target", () => {
  it("is the definition's region when none is given", () => {
    const { target } = plan({}, { target: { definitionLocation: "northeurope" } });
    assert.deepEqual(target.kind === "gallery" && target.targetRegions, [{ name: "northeurope" }]);
  });

  it("is the template's region when the definition's is not known", () => {
    const { target } = plan({}, { target: {} });
    assert.deepEqual(target.kind === "gallery" && target.targetRegions, [{ name: "westeurope" }]);
  });

  it("must include the definition's region", () => {
    assert.deepEqual(problems({ targetRegions: "eastus" }), ["targetRegions AIB134"]);
    assert.deepEqual(problems({ replicationRegions: "eastus" }), ["replicationRegions AIB134"]);
    assert.deepEqual(problems({ targetRegions: "eastus" }, { target: {} }), []);
  });

  it("has one storage type for all regions that name none", () => {
    const { target } = plan({ targetRegions: "westeurope, eastus=2", distributeStorageAccountType: "Standard_ZRS" });
    assert.deepEqual(target.kind === "gallery" && target.targetRegions, [
      { name: "westeurope", storageAccountType: "Standard_ZRS" },
      { name: "eastus", replicaCount: 2, storageAccountType: "Standard_ZRS" },
    ]);
  });

  for (const [galleryVersion, id, versioning] of [
    ["", definition, undefined],
    ["Latest", definition, { scheme: "Latest" }],
    ["Latest 2", definition, { scheme: "Latest", major: 2 }],
    ["Source", definition, { scheme: "Source" }],
    ["1.2.3", `${definition}/versions/1.2.3`, undefined],
  ] as const) {
    it(`is numbered by galleryVersion \`${galleryVersion}\``, () => {
      const { target } = plan({ galleryVersion });
      assert.ok(target.kind === "gallery");
      assert.deepEqual([target.galleryImageId, target.versioning], [id, versioning]);
    });
  }

  it("is a managed image of that name in the resource group and the template's region", () => {
    const { target } = plan({ targetType: "managedImage", galleryImage: "", managedImage: "web" });
    assert.deepEqual(target, {
      kind: "managedImage",
      runOutputName: "managedImage",
      imageId: `${group}/providers/Microsoft.Compute/images/web`,
      location: "westeurope",
    });
  });

  it("keeps the template where a VHD lies in its staging group, and says so", () => {
    const staged = { targetType: "vhd", galleryImage: "" };
    assert.equal(plan(staged).deleteTemplate, false);
    assert.ok(notesOf(staged).includes("vhdUri AIB212"));
    assert.equal(plan({ ...staged, vhdUri: "https://st.blob.core.windows.net/vhds/a.vhd" }).deleteTemplate, true);
    assert.equal(plan().deleteTemplate, true);
  });
});

describe("names that are short", () => {
  it("become IDs in the resource group", () => {
    const { identityId, stagingResourceGroup } = plan({
      managedIdentity: "builder",
      stagingResourceGroup: "rg-staging",
    });
    assert.equal(identityId, `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`);
    assert.equal(stagingResourceGroup, `/subscriptions/${subscription}/resourceGroups/rg-staging`);
  });
});

describe("tags", () => {
  it("say run and commit, and nothing about people", () => {
    assert.deepEqual(plan().templateTags, { "aib-task-run": "build/1042", "aib-task-commit": "c0ffee" });
    assert.deepEqual(plan().imageTags, { ...plan().templateTags, "aib-task-template": plan().template.name });
  });
});

describe("the source in the template", () => {
  const purchase = { name: "p", product: "o", publisher: "u" };

  it("has the exact version and the image's plan", () => {
    const { source, platformImage } = plan({}, { source: { osType: "linux", version: "24.04.1", plan: purchase } });
    assert.deepEqual(source, {
      type: "PlatformImage",
      publisher: "Canonical",
      offer: "ubuntu-24_04-lts",
      sku: "server",
      version: "24.04.1",
      planInfo: { planName: "p", planProduct: "o", planPublisher: "u" },
    });
    assert.equal(platformImage?.version, "24.04.1");
    assert.ok(notesOf({}, { source: { osType: "linux", plan: purchase } }).includes("purchasePlan AIB206"));
  });

  it("has the plan that is given before the image's", () => {
    const { source } = plan({ purchasePlan: "a:b:c" }, { source: { osType: "linux", plan: purchase } });
    assert.deepEqual(source.type === "PlatformImage" && source.planInfo, {
      planName: "a",
      planProduct: "b",
      planPublisher: "c",
    });
  });

  it("is latest of a gallery where no version is known", () => {
    const { source, platformImage } = plan({ sourceImage: definition });
    assert.deepEqual(source, { type: "SharedImageVersion", imageVersionId: `${definition}/versions/latest` });
    assert.equal(platformImage, undefined);
  });
});
