import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import type { Inputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/types.ts";
import { agentOf, definition, group, problemsOf, step, subnet, subscription, type StepInputs } from "./step.ts";

const parse = (inputs: StepInputs): Inputs => parseInputs(agentOf(inputs));
const codesOf = (inputs: StepInputs): readonly string[] =>
  parse(inputs).notes.map(({ code, input }) => `${input} ${code}`);
const managedImage = `${group}/providers/Microsoft.Compute/images/base`;

describe("inputs of a step", () => {
  it("take their defaults when they are left out", () => {
    const { notes, source, target, ...values } = parse(step());
    assert.deepEqual(notes, []);
    assert.deepEqual(source, {
      kind: "platformImage",
      input: "sourceImage",
      publisher: "Canonical",
      offer: "ubuntu-24_04-lts",
      sku: "server",
      version: "latest",
    });
    assert.deepEqual(target, {
      kind: "gallery",
      definitionId: definition,
      regions: [],
      regionsInput: "targetRegions",
      excludeFromLatest: false,
      shallow: false,
    });
    assert.equal(values.artifact, undefined);
    assert.equal(values.osType, undefined);
    assert.equal(values.buildTimeoutInMinutes, 0);
    assert.equal(values.onCustomizerError, "cleanup");
    assert.deepEqual(values.inlineScript, []);
  });

  it("report every problem at once, each with name, given value and legal values", () => {
    const bad = step({
      azureSubscription: "",
      resourceGroup: "rg-$(env)",
      location: "<region>",
      managedIdentity: "a/b",
      osType: "beos",
      runElevated: "maybe",
      galleryImage: "web",
      targetRegions: "westeurope=0",
      osDiskSizeGB: "big",
      buildTimeoutInMinutes: "3",
    });
    assert.deepEqual(problemsOf(bad), [
      "azureSubscription AIB101",
      "resourceGroup AIB102",
      "location AIB103",
      "managedIdentity AIB107",
      "osType AIB104",
      "runElevated AIB105",
      "galleryImage AIB107",
      "targetRegions AIB110",
      "osDiskSizeGB AIB106",
      "buildTimeoutInMinutes AIB106",
    ]);
    assert.throws(
      () => parse(bad),
      (error: unknown) =>
        error instanceof InputError &&
        error.message.includes("resourceGroup: $(env) is not resolved") &&
        error.problems.some(({ given, legal }) => given === "3" && /from 6 to 960/.test(legal)),
    );
  });

  it("name the older input that was written", () => {
    const { azureSubscription: _, ...rest } = step();
    assert.throws(
      () => parse({ ...rest, IBSUBSCRIPTION: "<x>" }),
      /azureSubscription \(written as ibSubscription\): `<x>` is a placeholder/,
    );
  });

  it("keep a signature out of the error", () => {
    const secret = "https://st.blob.core.windows.net/vhds/a.vhd?sig=verysecret";
    assert.throws(
      () => parse(step({ targetType: "vhd", vhdUri: secret })),
      (error: unknown) => error instanceof InputError && !JSON.stringify(error.problems).includes("verysecret"),
    );
  });

  it("leave scripts as they are, with line ends of either kind", () => {
    const script = "echo $(date) <(cat) $HOME\r\n\r\n  indented";
    assert.deepEqual(parse(step({ inlineScript: script })).inlineScript, [
      "echo $(date) <(cat) $HOME",
      "",
      "  indented",
    ]);
  });

  it("are not looked at where the step does not mean them", () => {
    const hidden = {
      managedImage: "<image>",
      managedImageLocation: "<region>",
      vhdUri: "$(vhd)",
      proxyVmSize: "<size>",
      validationScript: "",
      sourceValidationOnly: "perhaps",
      storageContainer: "NOT VALID",
      runAsSystem: "perhaps",
    };
    assert.deepEqual(problemsOf(step(hidden)), []);
  });
});

describe("older names and values", () => {
  const older: StepInputs = {
    ibSubscription: "connection",
    ibAzureResourceGroup: "rg-images",
    ibLocation: "West US 2",
    managedIdentity: step()["managedIdentity"] ?? "",
    imageSource: "Marketplace",
    baseImage: "Canonical:UbuntuServer:18.04-LTS",
    baseImagePubOfferSku: "Publisher:Offer:Sku",
    baseImageVersion: "latest",
    platformImagePurchasePlan: "PlanName:PlanProduct:PlanPublisher",
    provisioner: "shell",
    windowsUpdateProvisioner: "false",
    packagePath: "web",
    storageAccountName: "stimages",
    inlineScript: "true",
    distributeType: "SIG",
    galleryImageId: definition,
    replicationRegions: "westus2 , eastus",
    vnetSubnetId: subnet,
    errorHandlingOnCustomizerError: "ABORT",
    errorHandlingOnValidationError: "cleanup",
  };

  it("are read in place of the new ones", () => {
    const inputs = parse(older);
    assert.equal(inputs.azureSubscription, "connection");
    assert.equal(inputs.location, "westus2");
    assert.deepEqual(inputs.source.kind === "platformImage" && inputs.source.offer, "UbuntuServer");
    assert.deepEqual(inputs.osType, { osType: "linux", mayYield: true });
    assert.deepEqual(inputs.artifact, {
      path: "web",
      storageAccount: "stimages",
      container: "imagebuilder",
      retentionDays: 7,
      access: "auto",
    });
    assert.deepEqual(inputs.network, { subnet });
    assert.equal(inputs.onCustomizerError, "abort");
    assert.deepEqual(inputs.target.kind === "gallery" && inputs.target.regions, [
      { name: "westus2" },
      { name: "eastus" },
    ]);
  });

  it("yield to the new name when both are given", () => {
    assert.equal(parse({ ...older, location: "northeurope" }).location, "northeurope");
  });

  const targets: readonly (readonly [StepInputs, string])[] = [
    [{ distributeType: "sig" }, "gallery"],
    [{ distributeType: "Gallery" }, "gallery"],
    [{ distributeType: "managedimage", imageIdForDistribute: managedImage }, "managedImage"],
    [{ distributeType: "VHD" }, "vhd"],
  ];
  for (const [changes, kind] of targets) {
    it(`take distributeType ${changes["distributeType"]} for ${kind}`, () => {
      assert.equal(parse({ ...older, ...changes }).target.kind, kind);
    });
  }

  for (const name of ["ImageVersionId", "imageVersionId", "IMAGEVERSIONID"]) {
    it(`take ${name} in any case`, () => {
      const source = parse({ ...older, imageSource: "sig", [name]: `${definition}/versions/1.2.3` }).source;
      assert.deepEqual(source, {
        kind: "galleryImage",
        input: "imageVersionId",
        definitionId: definition,
        version: "1.2.3",
      });
    });
  }

  const sources: readonly (readonly [title: string, StepInputs, input: string])[] = [
    [
      "imageSource marketplace takes baseImagePubOfferSku before baseImage",
      { baseImagePubOfferSku: "a:b:c" },
      "baseImagePubOfferSku",
    ],
    ["the sentinel of baseImagePubOfferSku is nothing", { baseImagePubOfferSku: "publisher:offer:SKU" }, "sourceImage"],
    [
      "imageSource managedimage takes customImageResourceId",
      { imageSource: "managedimage", customImageResourceId: managedImage },
      "customImageResourceId",
    ],
    [
      "imageSource managedimage takes an ID in sourceImage",
      { imageSource: "managedimage", baseImage: managedImage },
      "sourceImage",
    ],
    [
      "imageSource gallery takes imageVersionId",
      { imageSource: "gallery", imageVersionId: `${definition}/versions/latest` },
      "imageVersionId",
    ],
    [
      "without imageSource the only one filled counts",
      { imageSource: "", baseImage: "", customImageResourceId: managedImage },
      "customImageResourceId",
    ],
    [
      "without imageSource baseImagePubOfferSku still wins over baseImage",
      { imageSource: "", baseImagePubOfferSku: "a:b:c" },
      "baseImagePubOfferSku",
    ],
  ];
  for (const [title, changes, input] of sources) {
    it(`decide the source: ${title}`, () => {
      assert.equal(parse({ ...older, ...changes }).source.input, input);
    });
  }

  const fourParts: readonly (readonly [string, string, string | undefined])[] = [
    ["a:b:c:windows", "latest", "windows"],
    ["a:b:c:Linux", "latest", "linux"],
    ["a:b:c:latest", "latest", undefined],
    [" a : b : c : 1.2.3 ", "1.2.3", undefined],
  ];
  for (const [urn, version, osType] of fourParts) {
    it(`read the fourth part of ${urn}`, () => {
      const { source } = parse({ ...older, baseImage: urn });
      assert.ok(source.kind === "platformImage");
      assert.deepEqual([source.publisher, source.version, source.osType], ["a", version, osType]);
    });
  }

  it("ignore leftovers of another kind of source", () => {
    const leftovers = { baseImageVersion: "18.04.2020", platformImagePurchasePlan: "<plan>", baseImage: "<urn>" };
    assert.deepEqual(
      problemsOf({ ...older, ...leftovers, imageSource: "managedimage", customImageResourceId: managedImage }),
      [],
    );
  });

  it("build without artifacts when the path or the account is missing", () => {
    assert.equal(parse({ ...older, packagePath: "" }).artifact, undefined);
    const withoutAccount = { ...older, storageAccountName: "" };
    assert.equal(parse(withoutAccount).artifact, undefined);
    assert.deepEqual(codesOf(withoutAccount), ["storageAccount AIB209"]);
  });

  it("ignore autoRun with a note", () => {
    assert.deepEqual(codesOf({ ...older, autoRun: "True" }), ["autoRun AIB201"]);
  });

  it("use targetRegions when replicationRegions is there too", () => {
    const inputs = { ...older, targetRegions: "westeurope" };
    assert.deepEqual(codesOf(inputs), ["replicationRegions AIB201"]);
    const { target } = parse(inputs);
    assert.deepEqual(target.kind === "gallery" && target.regions, [{ name: "westeurope" }]);
  });

  it("tell a step that relied on a default base image what it was", () => {
    assert.throws(() => parse({ ...older, baseImage: "" }), /Canonical:UbuntuServer:18\.04-LTS.*win11-25h2-ent/);
  });
});

describe("the chosen target", () => {
  it("is the only other one that is filled in, with a notice", () => {
    const inputs = step({ galleryImage: "", managedImage: "web" });
    assert.equal(parse(inputs).target.kind, "managedImage");
    assert.deepEqual(codesOf(inputs), ["targetType AIB202"]);
  });

  it("is not guessed when two others are filled in", () => {
    const vhdUri = "https://st.blob.core.windows.net/vhds/web.vhd";
    assert.deepEqual(problemsOf(step({ galleryImage: "", managedImage: "web", vhdUri })), ["targetType AIB121"]);
  });

  it("lacks its own input when none is filled in", () => {
    assert.deepEqual(problemsOf(step({ galleryImage: "" })), ["galleryImage AIB101"]);
    assert.deepEqual(problemsOf(step({ targetType: "managedImage", galleryImage: "" })), ["managedImage AIB101"]);
  });

  it("may be a VHD without an address", () => {
    assert.deepEqual(parse(step({ targetType: "vhd", galleryImage: "" })).target, { kind: "vhd" });
  });

  it("is legal only in the words of the registry", () => {
    assert.throws(() => parse(step({ targetType: "floppy" })), /Legal: gallery, managedImage, vhd, several\./);
  });
});

describe("inputs that contradict each other", () => {
  const version = `${definition}/versions/1.2.3`;
  const otherNetwork = subnet.replace("vnet", "other");
  const cases: readonly (readonly [title: string, StepInputs, problem: string])[] = [
    [
      "a version in the ID and a numbering",
      { galleryImage: version, galleryVersion: "Latest" },
      "galleryVersion AIB120",
    ],
    [
      "two major versions",
      { galleryVersion: "Latest 2", distributeVersioningMajor: "3" },
      "distributeVersioningMajor AIB120",
    ],
    [
      "two storage types",
      { targetRegions: "westeurope=1:Standard_ZRS", distributeStorageAccountType: "Standard_LRS" },
      "distributeStorageAccountType AIB120",
    ],
    ["a plan without a marketplace image", { sourceImage: managedImage, purchasePlan: "a:b:c" }, "purchasePlan AIB120"],
    ["a version of a managed image", { sourceImage: managedImage, sourceVersion: "1.0.0" }, "sourceVersion AIB120"],
    [
      "two versions of a marketplace image",
      { sourceImage: "a:b:c:1.0.0", sourceVersion: "2.0.0" },
      "sourceVersion AIB120",
    ],
    ["two versions of a gallery image", { sourceImage: version, sourceVersion: "2.0.0" }, "sourceVersion AIB120"],
    [
      "a marketplace version of a gallery image",
      { sourceImage: definition, sourceVersion: "18.04.1.2" },
      "sourceVersion AIB120",
    ],
    ["a container subnet alone", { containerInstanceSubnet: subnet }, "containerInstanceSubnet AIB120"],
    ["one subnet twice", { subnet, containerInstanceSubnet: subnet.toUpperCase() }, "containerInstanceSubnet AIB120"],
    ["subnets of two networks", { subnet, containerInstanceSubnet: otherNetwork }, "containerInstanceSubnet AIB120"],
    ["two sources", { customImageResourceId: managedImage }, "sourceImage AIB121"],
    ["an imageSource whose image is missing", { imageSource: "sig" }, "imageVersionId AIB101"],
    [
      "an imageSource marketplace with an ID",
      { imageSource: "marketplace", sourceImage: managedImage },
      "sourceImage AIB101",
    ],
    ["a validation without a script", { enableValidation: "true" }, "validationScript AIB101"],
    ["an image that is none", { sourceImage: `${group}/providers/Microsoft.Compute/disks/a` }, "sourceImage AIB109"],
    ["a gallery version that is no number", { galleryImage: `${definition}/versions/latest` }, "galleryImage AIB107"],
    ["a source with five parts", { sourceImage: "a:b:c:d:e" }, "sourceImage AIB109"],
    ["a fourth part that says nothing", { sourceImage: "a:b:c:x64" }, "sourceImage AIB109"],
  ];
  for (const [title, changes, problem] of cases) {
    it(`are refused: ${title}`, () => {
      assert.deepEqual(problemsOf(step(changes)), [problem]);
    });
  }

  it("may say the same twice", () => {
    const same = { galleryImage: version, galleryVersion: "1.2.3", sourceImage: version, sourceVersion: "1.2.3" };
    assert.deepEqual(problemsOf(step(same)), []);
  });

  it("leave the proxy size out where there is no proxy", () => {
    const containers = subnet.replace("/build", "/containers");
    const inputs = step({ subnet, containerInstanceSubnet: containers, proxyVmSize: "Standard_A1_v2" });
    assert.deepEqual(parse(inputs).network, { subnet, containerInstanceSubnet: containers });
    assert.deepEqual(codesOf(inputs), ["proxyVmSize AIB201"]);
  });
});

describe("where the artifact goes", () => {
  const withArtifact = step({ artifactPath: "web", storageAccount: "stimages" });
  for (const [given, access] of [
    ["auto", "auto"],
    ["TemplateIdentity", "templateIdentity"],
    ["DelegationSas", "delegationSas"],
    ["accountKey", "accountKey"],
  ] as const) {
    it(`takes ${access} for ${given}`, () => {
      assert.equal(parse({ ...withArtifact, artifactAccess: given }).artifact?.access, access);
    });
  }

  it("takes an account by ID", () => {
    const id = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stimages`;
    assert.equal(parse({ ...withArtifact, storageAccount: id }).artifact?.storageAccount, id);
  });

  it("refuses names that no account or container can have", () => {
    assert.deepEqual(problemsOf({ ...withArtifact, storageAccount: "aibstagstor*", storageContainer: "a--b" }), [
      "storageAccount AIB108",
      "storageContainer AIB108",
    ]);
  });
});
