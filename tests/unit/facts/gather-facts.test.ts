import assert from "node:assert/strict";
import { InputError, ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { gatherFacts } from "../../../tasks/AzureImageBuilderV1/src/facts/index.ts";
import { readRunIdentity } from "../../../tasks/AzureImageBuilderV1/src/facts/run-identity.ts";
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import type { FactReader, GalleryVersionFacts } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { agentOf, definition, group, step, subscription, type StepInputs } from "../inputs/step.ts";
import { broken, forbidden, portsOf, type World } from "./world.ts";

const gather = (changes: StepInputs, world: World = {}, reads: string[] = []): Promise<Facts> =>
  gatherFacts(parseInputs(agentOf(step(changes))), portsOf(world, reads));

async function problems(changes: StepInputs, world: World = {}): Promise<readonly string[]> {
  try {
    await gather(changes, world);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ input, code }) => `${input} ${code}`);
  }
}

const noteCodes = (facts: Facts): readonly string[] => facts.notes.map(({ code, input }) => `${input} ${code}`);
const missing = async (): Promise<undefined> => undefined;
const withArtifact = { artifactPath: "web", storageAccount: "stimages" };
const managedImage = `${group}/providers/Microsoft.Compute/images/base`;

describe("facts for planning", () => {
  it("are read in as few reads as the step needs", async () => {
    const reads: string[] = [];
    const facts = await gather({}, {}, reads);
    assert.deepEqual([...reads].sort(), ["galleryDefinition", "platformImage", "platformImageVersions"]);
    assert.equal(facts.subscriptionId, subscription);
    assert.deepEqual(facts.target, {
      definitionLocation: "westeurope",
      definitionOsType: "linux",
      definitionGeneration: "V2",
    });
    assert.equal(facts.storageAccount, undefined);
  });

  it("pin the newest version by number", async () => {
    assert.deepEqual((await gather({})).source, {
      osType: "linux",
      hyperVGeneration: "V2",
      architecture: "x64",
      version: "24.04.202601140",
    });
  });

  it("take the region from the resource group when none is given", async () => {
    const facts = await gather({ location: "" });
    assert.equal(facts.location, "westeurope");
    assert.deepEqual(noteCodes(facts), ["location AIB205", "sourceVersion AIB207"]);
  });

  it("take the subscription from the input before the connection's", async () => {
    const other = "99999999-2222-4333-8444-555555555555";
    assert.equal((await gather({ subscriptionId: other })).subscriptionId, other);
  });

  it("choose among gallery versions as latest does", async () => {
    const facts = await gather({ sourceImage: definition });
    assert.equal(facts.source.version, "1.10.0");
  });

  const version = { provisioningState: "Succeeded", excludeFromLatest: false, regions: ["West Europe"], tags: {} };
  const passedOver: readonly (readonly [why: string, changes: Partial<GalleryVersionFacts>])[] = [
    ["is excluded from latest", { excludeFromLatest: true }],
    ["is excluded from latest in the region", { excludedRegions: ["West Europe"] }],
    ["has failed", { provisioningState: "Failed" }],
    ["is still being made", { provisioningState: "Creating" }],
    ["is past its end of life", { endOfLife: new Date("2020-01-01T00:00:00Z") }],
    ["is in another region", { regions: ["eastus"] }],
  ];
  for (const [why, changes] of passedOver) {
    it(`pass over the highest gallery version where it ${why}`, async () => {
      const versions = [
        { ...version, name: "9.0.0" },
        { ...version, name: "10.0.0", ...changes },
      ];
      const facts = await gather({ sourceImage: definition }, { reader: { galleryVersions: async () => versions } });
      assert.equal(facts.source.version, "9.0.0");
    });
  }

  it("take a gallery version that is excluded elsewhere, or whose end of life is to come", async () => {
    const versions = [
      { ...version, name: "9.0.0" },
      {
        ...version,
        name: "10.0.0",
        regions: ["West Europe", "eastus"],
        excludedRegions: ["eastus"],
        endOfLife: new Date("2999-01-01T00:00:00Z"),
      },
    ];
    const facts = await gather({ sourceImage: definition }, { reader: { galleryVersions: async () => versions } });
    assert.equal(facts.source.version, "10.0.0");
  });

  it("read the target's versions where its number is the step's to choose", async () => {
    const reads: string[] = [];
    const facts = await gather({ galleryVersion: "1.{next}.0" }, {}, reads);
    assert.ok(reads.includes("galleryVersions"));
    assert.equal(facts.target.versions?.length, 5);
  });

  it("go without the target's versions where a number is given and the list fails", async () => {
    const facts = await gather({ galleryVersion: "1.2.3" }, { reader: { galleryVersions: broken } });
    assert.equal(facts.target.versions, undefined);
    await assert.rejects(gather({ galleryVersion: "1.2.{next}" }, { reader: { galleryVersions: broken } }));
  });

  it("read no versions where one is given", async () => {
    const reads: string[] = [];
    await gather({ sourceImage: `${definition}/versions/1.0.0`, targetType: "vhd", galleryImage: "" }, {}, reads);
    assert.deepEqual(reads, ["galleryDefinition"]);
  });
});

describe("reads that are forbidden", () => {
  const cases: readonly (readonly [title: string, StepInputs, Partial<FactReader>, notes: readonly string[]])[] = [
    ["versions of a marketplace image", {}, { platformImageVersions: forbidden }, ["sourceImage AIB208"]],
    [
      "details of a marketplace image",
      {},
      { platformImage: forbidden },
      ["sourceVersion AIB207", "sourceImage AIB211"],
    ],
    ["a managed image", { sourceImage: managedImage }, { managedImage: forbidden }, ["sourceImage AIB211"]],
    [
      "versions of a gallery image",
      { sourceImage: definition },
      { galleryVersions: forbidden },
      ["sourceImage AIB208"],
    ],
    [
      "image definitions",
      { sourceImage: `${definition}/versions/1.0.0` },
      { galleryDefinition: forbidden },
      ["sourceImage AIB211", "galleryImage AIB211"],
    ],
  ];
  for (const [title, changes, reader, notes] of cases) {
    it(`cost a note and no build: ${title}`, async () => {
      assert.deepEqual([...noteCodes(await gather(changes, { reader }))].sort(), [...notes].sort());
    });
  }

  it("leave latest to the service", async () => {
    const facts = await gather({}, { reader: { platformImageVersions: forbidden } });
    assert.equal(facts.source.version, undefined);
  });

  it("are a problem where nothing can stand in", async () => {
    assert.deepEqual(
      await problems(
        { location: "", ...withArtifact },
        { reader: { resourceGroupLocation: forbidden, storageAccount: forbidden } },
      ),
      ["location AIB101", "storageAccount AIB131"],
    );
  });
});

describe("what is not there", () => {
  it("is reported all together", async () => {
    const reader = {
      platformImageVersions: async () => [],
      galleryDefinition: missing,
      storageAccount: missing,
    };
    assert.deepEqual([...(await problems(withArtifact, { reader, files: [] }))].sort(), [
      "artifactPath AIB131",
      "galleryImage AIB131",
      "sourceImage AIB131",
      "storageAccount AIB131",
    ]);
  });

  const cases: readonly (readonly [title: string, StepInputs, World, problem: string])[] = [
    ["a resource group", { location: "" }, { reader: { resourceGroupLocation: missing } }, "resourceGroup AIB131"],
    ["an exact version", { sourceVersion: "24.04.1" }, { reader: { platformImage: missing } }, "sourceVersion AIB131"],
    ["a managed image", { sourceImage: managedImage }, { reader: { managedImage: missing } }, "sourceImage AIB131"],
    [
      "a gallery version in the region",
      { sourceImage: definition },
      { reader: { galleryVersions: async () => [] } },
      "sourceImage AIB131",
    ],
    ["a service connection", { azureSubscription: "other" }, {}, "azureSubscription AIB130"],
    ["a subscription", {}, { connectionData: {} }, "subscriptionId AIB101"],
    [
      "an account's permission for keys",
      { ...withArtifact, artifactAccess: "accountKey" },
      {
        reader: {
          storageAccount: async () => ({
            id: "/x",
            name: "st",
            blobEndpoint: "https://st/",
            allowSharedKeyAccess: false,
          }),
        },
      },
      "artifactAccess AIB135",
    ],
  ];
  for (const [title, changes, world, problem] of cases) {
    it(`is a problem of its input: ${title}`, async () => {
      assert.deepEqual(await problems(changes, world), [problem]);
    });
  }

  it("is told to be a subscription ID where a connection's name is expected", async () => {
    await assert.rejects(gather({ azureSubscription: subscription }), /looks like a subscription ID/);
  });

  it("is told to be of a management group where the connection names no subscription", async () => {
    const connectionData = { scopelevel: "ManagementGroup", managementgroupname: "landing-zones" };
    await assert.rejects(gather({}, { connectionData }), /it covers the management group landing-zones/);
  });

  it("is refused where the connection is for a machine learning workspace", async () => {
    const connectionData = { scopelevel: "AzureMLWorkspace", subscriptionid: subscription };
    assert.deepEqual(await problems({}, { connectionData }), ["azureSubscription AIB139"]);
  });

  it("may answer with 404", async () => {
    const notFound = async (): Promise<never> => {
      throw new ServiceError("AIB801", "no such image", { status: 404 });
    };
    assert.deepEqual(await problems({}, { reader: { platformImageVersions: notFound } }), ["sourceImage AIB131"]);
  });

  it("is not confused with a service that fails", async () => {
    await assert.rejects(
      gather({}, { reader: { galleryDefinition: broken } }),
      (error: unknown) => error instanceof ServiceError && error.status === 500,
    );
  });
});

describe("the run's identity", () => {
  const identify = (variables: Readonly<Record<string, string>>): ReturnType<typeof readRunIdentity> =>
    readRunIdentity({ variable: (name) => variables[name] });

  it("is that of the build", () => {
    assert.deepEqual(
      identify({
        "System.CollectionUri": "https://dev.azure.com/o/",
        "System.TeamProjectId": "p",
        "Build.BuildId": "7",
        "Build.BuildNumber": "20261123.1",
        "System.PipelineStartTime": "2026-11-23 10:00:00+00:00",
        "System.StageName": "Build",
        "System.PhaseName": "Bake",
        "System.JobName": "Bake",
        "System.TaskInstanceName": "image",
        "Build.SourceVersion": "c0ffee",
        "Build.Repository.Name": "r",
        "System.DefaultWorkingDirectory": "/s",
      }),
      {
        collection: "https://dev.azure.com/o/",
        project: "p",
        kind: "build",
        id: "7",
        stage: "Build",
        job: "Bake/Bake",
        step: "image",
        commit: "c0ffee",
        repository: "r",
        repositoryUrl: "",
        branch: "",
        url: "",
        workingDirectory: "/s",
        definition: "",
        buildNumber: "20261123.1",
        startedAt: new Date("2026-11-23T10:00:00Z"),
      },
    );
  });

  it("is that of the release where there is one", () => {
    const { kind, id, stage } = identify({
      "Release.ReleaseId": "17",
      "Build.BuildId": "7",
      "Release.EnvironmentName": "Test",
    });
    assert.deepEqual([kind, id, stage], ["release", "17", "Test"]);
  });
});
