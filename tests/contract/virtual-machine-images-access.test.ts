/** Private blobs without keys: read by the template's identity at creation, and by the build machine's identity inside it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { probeBuildVm } from "../emulator/build-vm/index.ts";
import type { Resource } from "../emulator/core/types.ts";
import * as shared from "./virtual-machine-images-setup.ts";
import { GROUP, linuxBody, type Setup } from "./virtual-machine-images-setup.ts";

const uri = "https://stimages.blob.core.windows.net/artifacts/app.txt";
const content = "the artifact";
const reader = "Storage Blob Data Reader";

describe("private blobs in the emulated cloud", () => {
  let setup: Setup;
  before(async () => {
    setup = await shared.openSetup();
  });
  after(() => setup.close());
  beforeEach(async () => {
    await setup.reset();
    await setup.emulator.world.blobs.write("stimages", "artifacts", "app.txt", Buffer.from(content));
  });

  const resource = (id: string): Resource => setup.emulator.world.resources.get(id) ?? assert.fail(`no ${id}`);
  const setProperties = (id: string, change: object): void => {
    const { body } = resource(id);
    body["properties"] = { ...(body["properties"] as object), ...change };
  };
  const setAccount = (change: object): void => setProperties(setup.resources.storageAccount, change);
  const containersSubnet = (): string => setup.resources.subnet.replace(/\/build$/, "/containers");
  /** Only the subnets get in; each has a service endpoint for storage. */
  const allowOnly = (...subnets: string[]): void => {
    for (const id of subnets) setProperties(id, { serviceEndpoints: [{ service: "Microsoft.Storage" }] });
    const virtualNetworkRules = subnets.map((id) => ({ id, action: "Allow" }));
    setAccount({ networkAcls: { defaultAction: "Deny", ipRules: [], virtualNetworkRules } });
  };
  const bothSubnets = () => ({
    vmProfile: {
      vnetConfig: { subnetId: setup.resources.subnet, containerInstanceSubnetId: containersSubnet() },
    },
  });
  /** Makes a user-assigned identity that the template's may put on a machine; its principal. */
  const addIdentity = (name: string, principalId: string, clientId: string): string => {
    const id = setup.resources.identity.replace(/[^/]+$/, name);
    const { type } = resource(setup.resources.identity);
    const body = { properties: { principalId, clientId } };
    setup.emulator.world.resources.put({ id, name, type, location: "westeurope", body });
    setup.assign(templatePrincipal(), "Managed Identity Operator", id);
    return id;
  };
  const templatePrincipal = (): string =>
    setup.emulator.world.identity(setup.resources.identity)?.principalId ?? assert.fail("no identity");

  describe("fetched at creation", () => {
    const step = { type: "File", sourceUri: uri, destination: "/tmp/app.txt" };
    const script = { type: "Shell", scriptUri: uri };
    const failure = (): Record<string, string> =>
      setup.template("t").properties["provisioningError"] as Record<string, string>;
    const refusal =
      /^Not authorized to access the resource: https:\/\/stimages\.blob\.core\.windows\.net\/artifacts\/app\.txt\. /;

    for (const [kind, one] of [
      ["a File customizer's source", step],
      ["a script", script],
    ] as const) {
      it(`refuses ${kind} that the template's identity may not read, after the 201`, async () => {
        const { roleAssignments } = setup.emulator.world;
        const kept = roleAssignments.filter(({ principalId }) => principalId !== templatePrincipal());
        roleAssignments.splice(0, Infinity, ...kept);
        setup.assign(templatePrincipal(), "Contributor", setup.resources.resourceGroup);
        assert.equal(await setup.create("t", linuxBody(setup, { customize: [one] })), "Failed");
        assert.match(failure()["message"] ?? "", refusal);
        assert.equal(failure()["provisioningErrorCode"], "Other");
      });
    }

    it("needs the role also where anyone may read the container", async () => {
      setAccount({ allowBlobPublicAccess: true });
      const { roleAssignments } = setup.emulator.world;
      const kept = roleAssignments.filter(({ principalId }) => principalId !== templatePrincipal());
      roleAssignments.splice(0, Infinity, ...kept);
      setup.assign(templatePrincipal(), "Contributor", setup.resources.resourceGroup);
      assert.equal(await setup.create("t", linuxBody(setup, { customize: [step] })), "Failed");
      setup.assign(
        templatePrincipal(),
        reader,
        `${setup.resources.storageAccount}/blobServices/default/containers/artifacts`,
      );
      await setup.templates.delete(GROUP, "t");
      assert.equal(await setup.create("t", linuxBody(setup, { customize: [step] })), "Succeeded");
    });

    it("reads with the role from an account that takes no keys", async () => {
      setAccount({ allowSharedKeyAccess: false });
      assert.equal(await setup.create("t", linuxBody(setup, { customize: [step] })), "Succeeded");
    });

    for (const [title, close] of [
      ["denies by default", () => setAccount({ networkAcls: { defaultAction: "Deny" } })],
      [
        "has an address rule only",
        () => setAccount({ networkAcls: { defaultAction: "Deny", ipRules: [{ value: "127.0.0.1" }] } }),
      ],
      ["lets in the build subnet only", () => allowOnly(setup.resources.subnet)],
      ["has no public network access", () => setAccount({ publicNetworkAccess: "Disabled" })],
    ] as const) {
      it(`cannot reach an account that ${title}`, async () => {
        close();
        assert.equal(await setup.create("t", linuxBody(setup, { customize: [step], ...bothSubnets() })), "Failed");
        assert.match(failure()["message"] ?? "", refusal);
      });
    }

    it("reaches an account with a rule for the container subnet, with both subnets given", async () => {
      allowOnly(containersSubnet());
      assert.equal(await setup.create("t", linuxBody(setup, { customize: [step], ...bothSubnets() })), "Succeeded");
      assert.equal(await setup.create("u", linuxBody(setup, { customize: [step] })), "Failed");
    });

    it("does not reach it without the service endpoint of the subnet", async () => {
      allowOnly(containersSubnet());
      setProperties(containersSubnet(), { serviceEndpoints: [] });
      assert.equal(await setup.create("t", linuxBody(setup, { customize: [step], ...bothSubnets() })), "Failed");
    });
  });

  describe("fetched inside the build machine", () => {
    const principals = {
      reader: "11111111-0000-4000-8000-000000000001",
      other: "11111111-0000-4000-8000-000000000002",
    };
    const clients = {
      reader: "22222222-0000-4000-8000-000000000001",
      other: "22222222-0000-4000-8000-000000000002",
    };
    const metadata = "http://169.254.169.254/metadata";
    const storage = "resource=https%3A%2F%2Fstorage.azure.com%2F";
    const token = `${metadata}/identity/oauth2/token?api-version=2018-02-01&${storage}`;
    const ask = (url: string, header = "-H Metadata:true"): string =>
      `curl -s -w ' %{http_code}\\n' ${header} '${url}'`;
    /** Lines that fetch the artifact as the identity of the query and print the status. */
    const fetchAs = (query: string): readonly string[] => [
      `token=$(curl -sf -H Metadata:true '${token}${query}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
      `curl -s -o /tmp/app.txt -w '%{http_code}\\n' -H "Authorization: Bearer $token" -H 'x-ms-version: 2023-11-03' '${uri}'`,
    ];

    before(async function () {
      const support = await probeBuildVm(setup.emulator.world.dataDir);
      // Containers and people without root cannot make namespaces: builds are simulated there.
      if (support.mode === "simulated") this.skip();
    });
    beforeEach(() => setup.configure({ buildVm: "auto" }));

    /** What the lines print in a build with these identities; the build succeeds. */
    async function outputOf(
      lines: readonly string[],
      vmProfile: object = {},
    ): Promise<{ readonly said: readonly string[]; readonly sha256: string | undefined }> {
      const body = linuxBody(setup, { customize: [{ type: "Shell", inline: lines }], vmProfile });
      assert.equal(await setup.create("t", body), "Succeeded", JSON.stringify(setup.template("t").properties));
      const state = await setup.run("t");
      const log = await shared.buildLog(setup, "t");
      assert.equal(state, "Succeeded", log);
      const [own = ""] = log.split("(telemetry) ending shell");
      const said = own.split("\n").flatMap((line) => /ui: {5}azure-arm: (.*)$/.exec(line)?.[1] ?? []);
      const { artifactId = "" } = await setup.templates.getRunOutput(GROUP, "t", "gallery");
      const files = (await setup.emulator.world.images.files(artifactId)) ?? [];
      return { said, sha256: files.find(({ path }) => path === "/tmp/app.txt")?.sha256 };
    }

    it("reads a blob with the token of the machine's only identity, which has the role", async () => {
      const id = addIdentity("id-reader", principals.reader, clients.reader);
      setup.assign(principals.reader, reader, setup.resources.storageAccount);
      const { said, sha256 } = await outputOf(fetchAs(""), { userAssignedIdentities: [id] });
      assert.deepEqual(said, ["200"]);
      assert.equal(sha256, createHash("sha256").update(content).digest("hex"));
    });

    it("is refused the blob with the token of an identity without the role", async () => {
      const id = addIdentity("id-other", principals.other, clients.other);
      assert.deepEqual((await outputOf(fetchAs(""), { userAssignedIdentities: [id] })).said, ["403"]);
    });

    it("chooses among several identities by resource id, client id and object id, and not by itself", async () => {
      const ids = [
        addIdentity("id-reader", principals.reader, clients.reader),
        addIdentity("id-other", principals.other, clients.other),
      ];
      setup.assign(principals.reader, reader, setup.resources.storageAccount);
      const { said } = await outputOf(
        [
          ...fetchAs(`&msi_res_id=${encodeURIComponent(ids[0] ?? "")}`),
          ...fetchAs(`&client_id=${clients.reader}`),
          ...fetchAs(`&object_id=${principals.reader}`),
          ...fetchAs(`&client_id=${clients.other}`),
          ask(token),
        ],
        { userAssignedIdentities: ids },
      );
      assert.deepEqual(said.slice(0, 4), ["200", "200", "200", "403"]);
      assert.match(said[4] ?? "", /"invalid_request".*Multiple user assigned identities exist.* 400$/);
    });

    it("knows no identity that is not on the machine, the template's own among them", async () => {
      const id = addIdentity("id-reader", principals.reader, clients.reader);
      const own = setup.emulator.world.identity(setup.resources.identity)?.clientId;
      const { said } = await outputOf([ask(`${token}&client_id=${own}`)], { userAssignedIdentities: [id] });
      assert.deepEqual(said, ['{"error":"invalid_request","error_description":"Identity not found"} 400']);
    });

    it("has no token where the machine has no identity, and refuses malformed questions", async () => {
      const { said } = await outputOf([
        ask(token),
        ask(token, ""),
        ask(token, "-H Metadata:True"),
        ask(token, "-H Metadata:true -H X-Forwarded-For:10.0.0.4"),
        ask(`${metadata}/identity/oauth2/token?api-version=2018-02-01`),
        ask(`${metadata}/identity/oauth2/token?${storage}`),
        ask(token, "-H Metadata:true -X POST"),
        ask("http://169.254.169.254/latest/meta-data"),
        ask(`${metadata}/instance?api-version=2021-02-01`),
        "curl -s -m 2 http://169.254.169.253/ || echo no-route",
      ]);
      assert.deepEqual(
        said.map((line) => line.split(" ").at(-1)),
        ["400", "400", "400", "400", "400", "400", "405", "404", "501", "no-route"],
        said.join("\n"),
      );
      assert.match(said[0] ?? "", /Identity not found/);
      assert.match(said[1] ?? "", /Required metadata header not specified/);
      assert.match(said[5] ?? "", /api-version was not specified/);
    });

    it("gives a token for the resource asked for, with its life in seconds as text", async () => {
      const id = addIdentity("id-reader", principals.reader, clients.reader);
      const { said } = await outputOf(
        [`curl -sf -H Metadata:true '${token}'; echo`, ask(token.replace(storage, "resource=https://example.com"))],
        { userAssignedIdentities: [id] },
      );
      const answer = JSON.parse(said[0] ?? "") as Record<string, string>;
      const claims = JSON.parse(
        Buffer.from(answer["access_token"]?.split(".")[1] ?? "", "base64url").toString(),
      ) as Record<string, unknown>;
      assert.deepEqual([claims["oid"], claims["appid"]], [principals.reader, clients.reader]);
      assert.equal(claims["aud"], "https://storage.azure.com/");
      assert.deepEqual(
        [answer["expires_in"], answer["expires_on"], answer["resource"], answer["token_type"]],
        ["3599", String(claims["exp"]), "https://storage.azure.com/", "Bearer"],
      );
      assert.match(said[1] ?? "", /"invalid_resource".* 400$/);
    });

    it("reaches an account behind a firewall from an allowed subnet, and from nowhere else", async () => {
      const id = addIdentity("id-reader", principals.reader, clients.reader);
      setup.assign(principals.reader, reader, setup.resources.storageAccount);
      allowOnly(setup.resources.subnet);
      const userAssignedIdentities = [id];
      const { vmProfile } = bothSubnets();
      assert.deepEqual((await outputOf(fetchAs(""), { userAssignedIdentities, ...vmProfile })).said, ["200"]);
      await setup.templates.delete(GROUP, "t");
      assert.deepEqual((await outputOf(fetchAs(""), { userAssignedIdentities })).said, ["403"]);
    });
  });
});
