import assert from "node:assert/strict";
import type { CheckResult, Finding } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";

const group = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg-images";
const gallery = `${group}/providers/Microsoft.Compute/galleries/galimages`;
const definition = (name: string): string => `${gallery}/images/${name}`;
const ubuntu = "Canonical:ubuntu-24_04-lts:server:24.04.202510010";
const atTheEnd = "The build would fail when it distributes the image, after all its steps.";
const immutable = "Distribute to a definition that fits, or create one: these properties of a definition never change.";

/** The command that makes a definition for images like the source. */
function creation(name: string, traits: string, galleryName = "galimages"): string {
  return (
    "az sig image-definition create --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --resource-group rg-images " +
    `--gallery-name ${galleryName} --gallery-image-definition ${name} --publisher ${galleryName} --offer ${name} ` +
    `--sku ${name} ${traits}`
  );
}
const traitsOf = (osType: string, generation: string, more = ""): string =>
  `--os-type ${osType} --os-state Generalized --hyper-v-generation ${generation} --architecture x64${more}`;
const likeUbuntu = traitsOf("Linux", "V2", " --features SecurityType=TrustedLaunchSupported");

type Inputs = Readonly<Record<string, string>>;
interface Told extends Pick<Finding, "code" | "message" | "remedy" | "input" | "severity"> {
  readonly commands: readonly string[] | undefined;
}

const misfit = (code: string, message: string, commands: Told["commands"], remedy = immutable): Told => ({
  code,
  message,
  remedy,
  commands,
  input: "galleryImage",
  severity: "error",
});

const wrong: readonly (readonly [title: string, Inputs, readonly Told[]])[] = [
  [
    "another generation",
    { galleryImage: definition("generation-1") },
    [
      misfit(
        "AIB007",
        `The image definition generation-1 does not take an image of ${ubuntu}: the generation is V2 in the source and V1 in the definition. ${atTheEnd}`,
        [creation("generation-1-2", likeUbuntu)],
      ),
    ],
  ],
  [
    "another architecture",
    { galleryImage: definition("arm64") },
    [
      misfit(
        "AIB007",
        `The image definition arm64 does not take an image of ${ubuntu}: the architecture is x64 in the source and Arm64 in the definition. ${atTheEnd}`,
        [creation("arm64-2", likeUbuntu)],
      ),
    ],
  ],
  [
    "another operating system",
    { galleryImage: definition("windows-avd") },
    [
      misfit(
        "AIB007",
        `The image definition windows-avd does not take an image of ${ubuntu}: the operating system is Linux in the source and Windows in the definition. ${atTheEnd}`,
        [creation("windows-avd-2", likeUbuntu)],
      ),
    ],
  ],
  [
    "a state that no build makes",
    { galleryImage: definition("specialized") },
    [
      misfit(
        "AIB007",
        `The image definition specialized does not take an image of ${ubuntu}: a build makes a Generalized image and the definition is for Specialized ones. ${atTheEnd}`,
        [creation("specialized-2", likeUbuntu)],
      ),
    ],
  ],
  [
    "several differences, in one finding",
    {
      galleryImage: definition("arm64"),
      sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter",
      inlineScript: "dir",
    },
    [
      misfit(
        "AIB007",
        "The image definition arm64 does not take an image of MicrosoftWindowsServer:WindowsServer:2022-datacenter:20348.4171.250830: " +
          "the operating system is Windows in the source and Linux in the definition; the generation is V1 in the source and V2 in " +
          `the definition; the architecture is x64 in the source and Arm64 in the definition. ${atTheEnd}`,
        [creation("arm64-2", traitsOf("Windows", "V1"))],
      ),
    ],
  ],
  [
    "a plan that the source has not",
    { galleryImage: definition("with-plan") },
    [
      misfit(
        "AIB008",
        `The purchase plan of ${ubuntu} is none, and that of the image definition with-plan is 9-base:rockylinux-x86_64:resf; they must be the same. ${atTheEnd}`,
        [creation("with-plan-2", likeUbuntu)],
      ),
    ],
  ],
  [
    "no plan where the source has one",
    { sourceImage: "resf:rockylinux-x86_64:9-base" },
    [
      misfit(
        "AIB008",
        `The purchase plan of resf:rockylinux-x86_64:9-base:9.6.20250531 is 9-base:rockylinux-x86_64:resf, and that of the image definition ubuntu-web is none; they must be the same. ${atTheEnd}`,
        [
          creation(
            "ubuntu-web-2",
            traitsOf("Linux", "V2", " --plan-name 9-base --plan-product rockylinux-x86_64 --plan-publisher resf"),
          ),
        ],
      ),
    ],
  ],
  [
    "a SecurityType that admits no built image",
    { galleryImage: definition("trusted-launch-only") },
    [
      misfit(
        "AIB009",
        "The SecurityType of the image definition trusted-launch-only is TrustedLaunch, which takes only images that were captured from such machines; a build makes none. It would fail when it distributes the image, after all its steps.",
        [creation("trusted-launch-only-2", likeUbuntu)],
        "Distribute to a definition whose SecurityType ends in Supported, or create one: it never changes.",
      ),
    ],
  ],
  [
    "a SecurityType that the source does not support",
    { galleryImage: definition("trusted-launch"), sourceImage: "Canonical:UbuntuServer:18_04-LTS-GEN2" },
    [
      misfit(
        "AIB009",
        "The SecurityType of the image definition trusted-launch is TrustedLaunchSupported, and that of the source Canonical:UbuntuServer:18_04-LTS-GEN2:18.04.202401161 is none: the source does not support Trusted Launch. The build would fail.",
        [creation("trusted-launch-2", traitsOf("Linux", "V2"))],
        "Distribute to a definition that fits, or create one, or build from a source that supports it.",
      ),
    ],
  ],
  [
    "a gallery source's SecurityType that it does not name, which the documents contradict",
    { sourceImage: definition("trusted-launch") },
    [
      {
        ...misfit(
          "AIB010",
          "The SecurityType of the source galimages/trusted-launch/1.0.0 is TrustedLaunchSupported, and that of the image definition ubuntu-web is none. The service's documents ask for the same on both sides; such builds have been seen to work all the same.",
          [creation("ubuntu-web-2", likeUbuntu)],
          "Nothing, if such builds work for you; else distribute to a definition of the same SecurityType.",
        ),
        severity: "warning",
      },
    ],
  ],
  [
    "another region",
    { galleryImage: definition("northern"), targetRegions: "northeurope" },
    [
      {
        code: "AIB011",
        message:
          "The image definition northern is in northeurope and the template in westeurope: every version is copied between the regions, which takes time and costs traffic.",
        remedy: "Build in northeurope, or distribute to a definition in westeurope.",
        commands: undefined,
        input: "location",
        severity: "warning",
      },
    ],
  ],
];

const override = (...distribute: readonly object[]): Inputs => ({
  templateOverrides: JSON.stringify({ properties: { distribute } }),
});

describe("P2, the target and the source", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ world: "preflight/definitions-that-do-not-fit" });
  });
  after(() => stage.close());

  const check = (inputs: Inputs = {}): Promise<CheckResult> => stage.check("P2", { inputs });
  const told = ({ code, message, remedy, commands, input, severity }: Finding): Told => ({
    code,
    message,
    remedy,
    commands,
    input,
    severity,
  });

  it("go together in the right world", async () => {
    assert.deepEqual(await check(), {
      id: "P2",
      title: "The target exists and fits the source",
      status: "ok",
      findings: [],
      notRead: [],
    });
  });

  for (const [title, inputs] of [
    [
      "a definition with the source's plan",
      { sourceImage: "resf:rockylinux-x86_64:9-base", galleryImage: definition("with-plan") },
    ],
    ["a definition that supports Trusted Launch as the source does", { galleryImage: definition("trusted-launch") }],
    ["a definition that does not tell what it is for", { galleryImage: definition("untold") }],
    ["a managed image", { galleryImage: "", targetRegions: "", managedImage: "web" }],
  ] as const) {
    it(`go together: ${title}`, async () => {
      assert.deepEqual((await check(inputs)).status, "ok");
    });
  }

  for (const [title, inputs, findings] of wrong) {
    it(`do not where the definition has ${title}`, async () => {
      const result = await check(inputs);
      assert.equal(result.status, "bad");
      assert.deepEqual(result.findings.map(told), findings);
    });
  }

  it("do not where an Arm64 image is to become a managed image", async () => {
    const inputs = {
      sourceImage: "Canonical:ubuntu-22_04-lts:server-arm64",
      galleryImage: "",
      targetRegions: "",
      managedImage: "web",
    };
    assert.deepEqual((await check(inputs)).findings.map(told), [
      misfit(
        "AIB012",
        `The source Canonical:ubuntu-22_04-lts:server-arm64:22.04.202510020 is Arm64, and the managed image web can only be x64. ${atTheEnd}`,
        // There may be such a definition already.
        undefined,
        "Distribute to a gallery whose image definition has the architecture Arm64.",
      ),
    ]);
  });

  it("need the definition, which planning does not look for in templateOverrides", async () => {
    const target = { type: "SharedImage", runOutputName: "web", galleryImageId: definition("nothing") };
    assert.deepEqual((await check(override(target))).findings.map(told), [
      misfit(
        "AIB006",
        "There is no image definition nothing in the resource group rg-images of the subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f. The service makes none: the build would fail.",
        [creation("nothing", likeUbuntu)],
        "Create the definition, or name one that exists.",
      ),
    ]);
  });

  it("need the gallery", async () => {
    const galleryImageId = definition("web/versions/1.0.0").replace("galimages", "galnone");
    const target = { type: "SharedImage", runOutputName: "web", galleryImageId };
    assert.deepEqual((await check(override(target, { ...target, runOutputName: "again" }))).findings.map(told), [
      misfit(
        "AIB006",
        "There is no gallery galnone in the resource group rg-images of the subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f. The service makes none: the build would fail.",
        [
          "az sig create --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --resource-group rg-images --gallery-name galnone --location westeurope",
          creation("web", likeUbuntu, "galnone"),
        ],
        "Create gallery and definition, or name one that exists.",
      ),
    ]);
  });

  it("need the resource group of a managed image", async () => {
    const managedImage = `${group.replace("rg-images", "rg-none")}/providers/Microsoft.Compute/images/web`;
    assert.deepEqual((await check({ galleryImage: "", targetRegions: "", managedImage })).findings.map(told), [
      {
        code: "AIB006",
        message:
          `There is no resource group rg-none in the subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f, where the managed image web is to lie. ` +
          "The service makes none: the build would fail when it distributes the image.",
        remedy: "Create the group, or name one that exists.",
        commands: [
          "az group create --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --name rg-none --location westeurope",
        ],
        input: "managedImage",
        severity: "error",
      },
    ]);
  });

  it("are not looked at where the target is a VHD", async () => {
    const result = await check({ galleryImage: "", targetRegions: "", targetType: "vhd" });
    assert.equal(result.status, "skipped");
  });

  it("are half known where the Marketplace may not be read: the plan then follows the definition", async () => {
    await stage.emulator.reset("preflight/marketplace-unread");
    const inputs = { sourceImage: "resf:rockylinux-x86_64:9-base", galleryImage: definition("with-plan") };
    const { subject } = await stage.subject({ inputs });
    assert.equal(subject.plan.osType, "linux");
    assert.deepEqual(subject.template.properties.source, {
      type: "PlatformImage",
      publisher: "resf",
      offer: "rockylinux-x86_64",
      sku: "9-base",
      version: "latest",
      planInfo: { planName: "9-base", planProduct: "rockylinux-x86_64", planPublisher: "resf" },
    });
    const specialized = await check({ galleryImage: definition("specialized") });
    assert.deepEqual(
      specialized.findings.map(({ code, message, commands }) => [code, message, commands]),
      [
        [
          "AIB007",
          `The image definition specialized does not take an image of Canonical:ubuntu-24_04-lts:server:latest: a build makes a Generalized image and the definition is for Specialized ones. ${atTheEnd}`,
          [],
        ],
      ],
    );
  });

  it("are not checked where neither may be read", async () => {
    await stage.emulator.reset("preflight/compute-unread");
    const result = await check({ osType: "linux", location: "westeurope" });
    assert.equal(result.status, "notChecked");
    assert.deepEqual(result.findings, []);
    assert.deepEqual(
      result.notRead.map((why) => why.split(": ")[0]),
      [
        "Microsoft.Compute/galleries/images/read",
        "Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read",
      ],
    );
  });
});
