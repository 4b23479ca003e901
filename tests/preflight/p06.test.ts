import assert from "node:assert/strict";
import type { CheckResult, Subject } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import type { FaultAction } from "../emulator/index.ts";
import { openStage, type Stage } from "./stage.ts";
import { type Told, toldOf } from "./told-texts.ts";

const group = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg-images";
const network = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build`;
const inNetwork = (containers: string): Readonly<Record<string, string>> => ({
  subnet: `${network}/subnets/build`,
  containerInstanceSubnet: `${network}/subnets/${containers}`,
});
const accountId = (name: string): string => `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
const blob = (account: string, name = "install.sh"): string =>
  `https://${account}.blob.core.windows.net/scripts/${name}`;
const script = (scriptUri: string, sha256Checksum?: string): object => ({
  type: "Shell",
  name: "install",
  scriptUri,
  ...(sha256Checksum === undefined ? {} : { sha256Checksum }),
});
const content = "#!/bin/sh\ntrue\n";
const digest = "9ab8fabc8c72bfa0416414631e26bd71b01f9dfae98dcf4656b1e2d78307876a";
const addRule = (account: string, subnet: string): string =>
  `az storage account network-rule add --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --resource-group rg-images --account-name ${account} --subnet ${subnet}`;
const unsigned =
  "Give the address without a signature, and the template's identity the role Storage Blob Data Reader on the container";
const error = (code: string, message: string, remedy: string, ...commands: readonly string[]): Told => ({
  code,
  severity: "error",
  message,
  remedy,
  commands,
});
const warning = (code: string, message: string, remedy: string, ...commands: readonly string[]): Told => ({
  ...error(code, message, remedy, ...commands),
  severity: "warning",
});
const shutIn = (account: string, why: string): Told =>
  error(
    "AIB033",
    `The service cannot fetch from the storage account: ${why}, and without containerInstanceSubnet the service reads from outside. It refuses the template.`,
    "Give subnet and containerInstanceSubnet, and let the latter in; or open the account.",
    addRule(account, "<containerInstanceSubnet>"),
  );
const agentOnly = (host: string): Told =>
  error(
    "AIB032",
    `The host ${host} in the address https://${host}/a.sh of the script of install is one of the agent's own network: the service fetches it from Azure, and refuses the template after ten attempts.`,
    "Put the file into a blob container, or send it with the artifact or as a file of the step.",
  );

type Wrong = readonly [title: string, customize: object, told: Told, inputs?: Readonly<Record<string, string>>];

const wrong: readonly Wrong[] = [
  [
    "names a blob that is not there",
    script(blob("stimages", "gone.sh")),
    error(
      "AIB031",
      `The address ${blob("stimages", "gone.sh")} of the script of install gives HTTP 404: there is no blob gone.sh in the container scripts of stimages. The service refuses the template after ten attempts.`,
      "Upload the file, or give the address of a blob that is there.",
      "az storage blob upload --auth-mode login --account-name stimages --container-name scripts --name gone.sh --file gone.sh",
    ),
  ],
  [
    "names a blob by a signature that has ended",
    script(`${blob("stimages")}?se=2025-11-23T15%3A00%3A00Z&sig=abc`),
    error(
      "AIB031",
      `The signature in the address ${blob("stimages")}?… of the script of install ended at 2025-11-23T15:00:00.000Z, and it is 2026-01-01T01:00:00.000Z: the storage account refuses it, and the service the template.`,
      `${unsigned}; or make a new signature.`,
    ),
  ],
  [
    "names GitHub's page about a file",
    script("https://github.com/fabrikam/web/blob/main/build/install.sh"),
    error(
      "AIB032",
      "The address https://github.com/fabrikam/web/blob/main/build/install.sh of the script of install is GitHub's page about the file: the service would fetch the page, and the build would run HTML.",
      "Give the address of the file itself: https://raw.githubusercontent.com/fabrikam/web/main/build/install.sh",
    ),
  ],
  ["names the agent's own machine", script("https://localhost/a.sh"), agentOnly("localhost")],
  ["names a host of the agent's network", script("https://build.internal/a.sh"), agentOnly("build.internal")],
  [
    "names the agent's own machine, in subnets of one's own as well",
    script("https://localhost/a.sh"),
    agentOnly("localhost"),
    inNetwork("containers"),
  ],
  [
    "fetches from an account for chosen networks",
    script(blob("stchosen")),
    shutIn("stchosen", "stchosen lets in chosen networks only (its default action is Deny)"),
  ],
  [
    "fetches from an account without public access",
    script(blob("stclosed")),
    shutIn("stclosed", "public network access to stclosed is disabled"),
  ],
  [
    "fetches from an account whose rules leave out the container subnet",
    script(blob("stchosen")),
    warning(
      "AIB034",
      "The service fetches from the container subnet, and no network rule of stchosen lets in the subnet containers: without a private endpoint there it refuses the template.",
      "Let the subnet in; it needs the service endpoint Microsoft.Storage for that.",
      addRule("stchosen", `${network}/subnets/containers`),
    ),
    inNetwork("containers"),
  ],
  [
    "fetches from an account without public access, in subnets of one's own",
    script(blob("stclosed")),
    warning(
      "AIB034",
      "The service fetches from the container subnet, and public network access to stclosed is disabled, which no network rule lifts: without a private endpoint there it refuses the template.",
      "Let chosen networks in, the container subnet among them.",
      `az storage account update --ids ${accountId("stclosed")} --public-network-access Enabled --default-action Deny`,
      addRule("stclosed", `${network}/subnets/containers`),
    ),
    inNetwork("containers"),
  ],
  [
    "fetches by a rule for a subnet without service endpoint",
    script(blob("strules")),
    warning(
      "AIB034",
      "A network rule of strules lets in the subnet containers, and the subnet has no service endpoint Microsoft.Storage: its traffic arrives from a public address, and the rule does not count.",
      "Give the subnet the service endpoint.",
      `az network vnet subnet update --ids ${network}/subnets/containers --service-endpoints Microsoft.Storage`,
    ),
    inNetwork("containers"),
  ],
  [
    "has the checksum of another file",
    script(blob("stimages"), "0".repeat(64)),
    error(
      "AIB037",
      `At ${blob("stimages")}, the script of install, is a file with SHA-256 ${digest}, and the step says ${"0".repeat(64)}: the service refuses the template.`,
      "Correct the checksum, or upload the file that is meant.",
    ),
  ],
  [
    "places a file that is too large",
    { type: "File", sourceUri: blob("stimages", "large.bin"), destination: "/tmp/large.bin" },
    error(
      "AIB037",
      `At ${blob("stimages", "large.bin")}, the file of customizer 1, are 20000000 bytes: the File customizer takes less than 20000000.`,
      "Have the build VM fetch it (`large: true` with its sha256 in steps), or send it with the artifact.",
    ),
  ],
  [
    "fetches without encryption",
    script("http://example.com/a.sh"),
    warning(
      "AIB038",
      "The address http://example.com/a.sh of the script of install is not encrypted: whoever is on the way can change what runs in the image.",
      "Give an https address, or add the file's SHA-256.",
    ),
  ],
];

/** What a web server gives, and what it means. */
const answers: readonly (readonly [title: string, action: FaultAction, told: readonly Told[]])[] = [
  ["a file", { status: 200, body: "true" }, []],
  ["another address of the file", { status: 302, headers: { Location: "https://dev.azure.com/good.sh" } }, []],
  [
    "nothing",
    { status: 404 },
    [
      error(
        "AIB031",
        "The address https://dev.azure.com/a.sh of the script of install gives HTTP 404: nothing is there. The service refuses the template after ten attempts.",
        "Give the address of a file that is there.",
      ),
    ],
  ],
  [
    "a refusal",
    { status: 401 },
    [
      error(
        "AIB031",
        "The address https://dev.azure.com/a.sh of the script of install gives HTTP 401: it asks for a sign-in, and the service has none for it. It refuses the template.",
        "Put the file where anyone can read it, or into a blob container that the template's identity may read.",
      ),
    ],
  ],
  [
    "a page",
    { status: 200, body: "<html>", headers: { "Content-Type": "text/html; charset=utf-8" } },
    [
      error(
        "AIB031",
        "The address https://dev.azure.com/a.sh of the script of install gives a web page (text/html), such as a sign-in: the build would run HTML.",
        "Give the address of the file itself, one that opens without a sign-in.",
      ),
    ],
  ],
];

describe("P6, scripts and files by address", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ world: "preflight/files-shut-in", warm: true });
    const { blobs } = stage.emulator.world;
    await blobs.write("stimages", "scripts", "install.sh", Buffer.from(content));
    await blobs.write("stimages", "scripts", "large.bin", Buffer.alloc(20_000_000));
    await blobs.write("strules", "scripts", "install.sh", Buffer.from(content));
  });
  after(() => stage.close());

  const at =
    (now: string) =>
    (subject: Subject): Subject => ({ ...subject, now: new Date(now) });
  const check = (
    step: object,
    inputs: Readonly<Record<string, string>> = {},
    change: (subject: Subject) => Subject = at("2026-01-01T01:00:00Z"),
  ): Promise<CheckResult> => {
    const templateOverrides = JSON.stringify({ properties: { customize: [step] } });
    return stage.check("P6", { inputs: { ...inputs, templateOverrides }, change });
  };
  const fault = (path: string, action: FaultAction, service = "devops"): void =>
    stage.emulator.addFault({ match: { service, path }, action });

  it("is not made where the template names no address", async () => {
    assert.equal((await stage.check("P6")).status, "skipped");
  });

  for (const [title, step, inputs] of [
    ["names a blob", script(blob("stimages")), {}],
    ["names a blob with its checksum", script(blob("stimages"), digest), {}],
    ["fetches through a rule and a service endpoint", script(blob("strules")), inNetwork("guests")],
  ] as const) {
    it(`is content with a step that ${title}`, async () => {
      const { status, findings, notRead } = await check(step, inputs);
      assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
    });
  }

  for (const [title, step, told, inputs = {}] of wrong) {
    it(`tells of a step that ${title}`, async () => {
      assert.deepEqual(toldOf(await check(step, inputs)), [told]);
    });
  }

  for (const [title, action, told] of answers) {
    it(`finds what is to be found where a web server gives ${title}`, async () => {
      fault("/a.sh", action);
      fault("/good.sh", { status: 200, body: "true" });
      assert.deepEqual(toldOf(await check(script("https://dev.azure.com/a.sh"))), told);
    });
  }

  it("tells of a signature that the account refuses, and of its end before the build's", async () => {
    const address = `${blob("stimages")}?se=2026-01-01T02%3A00%3A00Z&sig=abc`;
    assert.deepEqual(toldOf(await check(script(address))), [
      warning(
        "AIB038",
        `The address ${blob("stimages")}?… of the script of install carries a signature, which stands in the template in clear: whoever may read the template can use it. It ends at 2026-01-01T02:00:00.000Z, and the build may go on until 2026-01-01T05:00:00.000Z.`,
        `${unsigned}.`,
      ),
      error(
        "AIB031",
        `The address ${blob("stimages")}?… of the script of install gives HTTP 403: stimages refuses the signature. The service refuses the template.`,
        `${unsigned}; or make a new signature.`,
      ),
    ]);
  });

  it("warns of a role on the container that is too young to count", async () => {
    const [told] = toldOf(await check(script(blob("stimages")), {}, at("2026-01-01T00:09:00Z")));
    assert.deepEqual(
      told,
      warning(
        "AIB036",
        "The role Image Builder template identity gives the identity id-imagebuilder Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read on the container scripts of stimages, and was assigned at 2026-01-01T00:00:00.000Z only: it may take up to 30 minutes until the service sees it.",
        "Run the step again at 2026-01-01T00:10:00.000Z or later.",
      ),
    );
  });

  it("tells that the identity may not read the container", async () => {
    const { roleAssignments } = stage.emulator.world;
    const own = roleAssignments.findIndex(({ principalId }) =>
      principalId.startsWith("27e3fe0a-0000-4000-8000-4666831b100b"),
    );
    const [removed] = roleAssignments.splice(own, 1);
    const scope = `${accountId("stimages")}/blobServices/default/containers/scripts`;
    const result = await check(script(blob("stimages")));
    if (removed !== undefined) roleAssignments.push(removed);
    assert.deepEqual(toldOf(result), [
      error(
        "AIB035",
        "The identity id-imagebuilder lacks Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read on the container scripts of stimages: the service fetches scripts and files with it, and refuses the template.",
        `Give it the role Storage Blob Data Reader on ${scope}. A new assignment counts after some minutes.`,
        `az role assignment create --assignee-object-id 27e3fe0a-0000-4000-8000-4666831b100b --assignee-principal-type ServicePrincipal --role "Storage Blob Data Reader" --scope ${scope}`,
      ),
    ]);
  });

  for (const [title, arrange, step, notRead] of [
    [
      "accounts may not be listed",
      () => fault("/storageAccounts?", { status: 403, code: "AuthorizationFailed" }, "Microsoft.Storage"),
      script(blob("stimages")),
      /^Microsoft\.Storage\/storageAccounts\/read: /,
    ],
    [
      "the blob may not be looked at",
      () =>
        fault("install.sh", { status: 403, headers: { "x-ms-error-code": "AuthorizationPermissionMismatch" } }, "blob"),
      script(blob("stimages")),
      /^Microsoft\.Storage\/storageAccounts\/blobServices\/containers\/blobs\/read of the service connection on stimages, to look at the script of install at \S+: HTTP 403 AuthorizationPermissionMismatch$/,
    ],
    [
      "the account is not known",
      () => undefined,
      script(blob("stother")),
      /^the script of install: the storage account stother is not among those that the connection may read in the subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f$/,
    ],
    [
      "a perimeter guards the account",
      () => fault("install.sh", { status: 403, headers: { "x-ms-error-code": "AuthorizationFailure" } }, "blob"),
      script(blob("stguarded")),
      /^whether the service reaches stguarded: a network security perimeter guards it$/,
    ],
    [
      "the server has no time",
      () => fault("/busy.sh", { status: 503 }),
      script("https://dev.azure.com/busy.sh"),
      /^the script of install at https:\/\/dev\.azure\.com\/busy\.sh: HTTP 503$/,
    ],
    [
      "the server gives no answer",
      () => fault("/lost.sh", { drop: "before" }),
      script("https://dev.azure.com/lost.sh"),
      /^the script of install at https:\/\/dev\.azure\.com\/lost\.sh: the agent got no answer \(.+\); the service asks from a network of its own$/,
    ],
  ] as const) {
    it(`finds nothing, and says what could not be looked at, where ${title}`, async () => {
      arrange();
      const { status, findings, notRead: told } = await check(step);
      assert.deepEqual({ status, findings }, { status: "notChecked", findings: [] });
      assert.ok(
        told.some((line) => notRead.test(line)),
        told.join("\n"),
      );
    });
  }
});
