/** The packaged task signs in by every kind of service connection, and says what is wrong with those it cannot use. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signToken } from "../emulator/core/keys.ts";
import type { WorldFile } from "../emulator/core/world-file.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { makeCertificate, type MadeCertificate } from "../unit/adapters/certificates.ts";
import { finding, openStage, type Outcome, type RunOptions, type Stage, worldWithImage } from "./connections-stage.ts";

const day = 24 * 60 * 60_000;

describe("the packaged task and service connections", function () {
  this.timeout(60_000);
  let stage: Stage;
  let emulator: Emulator;
  let good: MadeCertificate;
  let expired: MadeCertificate;
  before(async () => {
    const past = { notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - day) };
    [stage, good, expired] = await Promise.all([openStage(), makeCertificate(), makeCertificate("RSA", past)]);
    emulator = await createEmulator({ world: worldWithCertificates(), scale: 20 });
  });
  after(async () => {
    stage.close();
    await emulator.close();
  });

  /** The test's own certificates on the application; Entra ID has the certificate alone. */
  function worldWithCertificates(): WorldFile {
    const world = worldWithImage();
    const old = { name: "old", value: "oldS~ecret-of-a-year-ago", expires: new Date(Date.now() - day).toISOString() };
    return {
      ...world,
      applications: world.applications.map((one) =>
        one.name === "pipeline"
          ? {
              ...one,
              secrets: [...(one.secrets ?? []), old],
              certificates: [
                ...(one.certificates ?? []),
                { name: "good", pem: good.certificate },
                { name: "expired", pem: expired.certificate },
              ],
            }
          : one,
      ),
    };
  }

  const find = (connection: string, options?: RunOptions, inputs = finding): Promise<Outcome> =>
    stage.run(emulator, connection, inputs, options);
  const parameters = (given: Readonly<Record<string, string>>): RunOptions => ({
    change: (connection) => ({ ...connection, parameters: { ...connection.parameters, ...given } }),
  });
  const data = (given: Readonly<Record<string, string>>): RunOptions => ({
    change: (connection) => ({ ...connection, data: { ...connection.data, ...given } }),
  });
  const succeeded = ({ report, log }: Outcome): void => {
    assert.equal(report.result, "Succeeded", log.slice(-3000));
    assert.match(report.outputs["it.imageId"] ?? "", /ubuntu-web\/versions\/1\.0\.0$/);
  };
  const asked = ({ requests }: Outcome, service: string): readonly string[] =>
    requests.filter((one) => one.service === service).map(({ url }) => new URL(url).pathname.split("/").at(-1) ?? "");

  const schemes: readonly (readonly [name: string, what: string, services: Readonly<Record<string, readonly string[]>>])[] = [
    ["images-prod", "workload identity federation", { devops: ["oidctoken"], "instance-metadata": [] }],
    ["images-key", "a service principal with key", { devops: [], "instance-metadata": [] }],
    ["images-certificate", "a service principal with certificate", { devops: [], "instance-metadata": [] }],
    ["images-managed-identity", "a user-assigned identity of the agent's machine", { entra: [], "instance-metadata": ["token"] }],
    ["images-own-identity", "the system-assigned identity of the agent's machine", { entra: [], "instance-metadata": ["token"] }],
  ]; // prettier-ignore
  for (const [name, what, services] of schemes) {
    it(`signs in by ${what}`, async () => {
      const outcome = await find(name);
      succeeded(outcome);
      for (const [service, expected] of Object.entries(services)) assert.deepEqual(asked(outcome, service), expected);
      assert.ok(!/eyJ[\w-]{20}/.test(outcome.log), "no token is in the log");
    });
  }

  it("signs in by a certificate of one's own, key first and with line ends of Windows, and writes it nowhere", async () => {
    const pem = (good.key + good.certificate).replaceAll("\n", "\r\n");
    const outcome = await find("images-certificate", {
      ...parameters({ servicePrincipalCertificate: pem }),
      variables: { "System.Debug": "true" },
    });
    succeeded(outcome);
    for (const line of good.key.split("\n").filter((one) => one.length > 20 && !one.startsWith("-"))) {
      assert.ok(!outcome.log.includes(line));
    }
  });

  const refusals: readonly (readonly [
    what: string,
    connection: string,
    options: () => RunOptions,
    said: RegExp,
    next: RegExp,
  ])[] = [
    ["the secret has expired", "images-key", () => parameters({ serviceprincipalkey: "oldS~ecret-of-a-year-ago" }), /AADSTS7000222/, /has expired: make a new one/],
    ["the certificate has expired", "images-certificate", () => parameters({ servicePrincipalCertificate: expired.certificate + expired.key }), /AADSTS700027.*expired/, /certificate in the service connection has expired/],
    ["the certificate has no key", "images-certificate", () => parameters({ servicePrincipalCertificate: good.certificate }), /AIB306|it has no private key/, /both as PEM/],
    ["the tenant is another", "images-key", () => parameters({ tenantid: "00000000-0000-4000-8000-00000000beef" }), /AADSTS90002/, /does not exist in this cloud/],
    ["the machine has not got the identity", "images-managed-identity", () => data({ msiclientId: "00000000-0000-4000-8000-00000000dead" }), /Identity not found/, /az vm identity assign .*--identities/],
    ["Azure DevOps Server gives no assertions", "images-prod", () => ({ job: { oidcRequestUri: "" } }), /Azure DevOps Server gives none/, /certificate, a key or a managed identity/],
    ["it is a publish profile", "images-key", () => ({ change: (one) => ({ ...one, scheme: "PublishProfile" }) }), /by a publish profile \(PublishProfile\)/, /Use an Azure Resource Manager connection/],
    ["it is for a machine learning workspace", "images-key", () => data({ scopeLevel: "AzureMLWorkspace" }), /for a machine learning workspace alone/, /scope is a subscription or a management group/],
    ["it covers a management group and no subscription is named", "images-key", () => data({ scopeLevel: "ManagementGroup", subscriptionId: "", managementGroupName: "landing-zones" }), /covers the management group landing-zones/, /the ID of the subscription to build in/],
  ]; // prettier-ignore
  for (const [what, connection, options, said, next] of refusals) {
    it(`says plainly that ${what}, and what to do`, async () => {
      const building =
        "resourceGroup: rg-images, managedIdentity: id-imagebuilder, galleryImage: $(emulatorDefinition), " +
        "sourceImage: 'Canonical:ubuntu-24_04-lts:server', inlineScript: 'true'";
      const { report, log, requests } = await find(connection, options(), building);
      assert.equal(report.result, "Failed");
      assert.match(log, said);
      assert.match(log, next);
      assert.ok(!requests.some(({ service }) => service.startsWith("Microsoft.")), "Azure was not asked for anything");
    });
  }

  it("works in the subscription of the step where the connection covers a management group", async () => {
    const { subscriptionId, resources } = emulator.description;
    const options = data({ scopeLevel: "ManagementGroup", subscriptionId: "", managementGroupName: "landing-zones" });
    const template = `action: resolve, subscriptionId: ${subscriptionId}, galleryImage: ${resources.definition}`;
    succeeded(await find("images-key", options, template));
  });

  const claims: readonly (readonly [part: string, claims: object, said: RegExp, next: RegExp])[] = [
    ["issuer", { iss: "https://vstoken.dev.azure.com/other" }, /AADSTS700211/, /letter by letter/],
    ["subject", { sub: "sc://fabrikam/images/renamed" }, /AADSTS700213/, /letter by letter/],
    ["audience", { aud: "api://other" }, /AADSTS700212/, /api:\/\/AzureADTokenExchange/],
    ["life", { nbf: 1000, iat: 1000, exp: 1600 }, /AADSTS700024/, /clock of the agent's machine/],
  ];
  for (const [part, wrong, said, next] of claims) {
    it(`is not signed in by an assertion whose ${part} is wrong`, async () => {
      const now = Math.floor(emulator.world.clock.now().getTime() / 1000);
      const oidcToken = await signToken("devops", {
        iss: "https://vstoken.dev.azure.com/3d8c9b4e-0000-4000-8000-6f2a51c0de77",
        sub: "sc://fabrikam/images/images-prod",
        aud: "api://AzureADTokenExchange",
        jti: emulator.world.newGuid(),
        nbf: now,
        exp: now + 600,
        ...wrong,
      });
      // The task may sign in twice, at its start and for its first request: the connection's ID is this test's own.
      const id = emulator.world.newGuid();
      emulator.addFault({ match: { path: id }, times: 2, action: { status: 200, body: { oidcToken } } });
      const { report, log } = await find("images-prod", { change: (connection) => ({ ...connection, id }) });
      assert.equal(report.result, "Failed");
      assert.match(log, said);
      assert.match(log, next);
    });
  }

  it("says that the agent's machine is no Azure VM", async () => {
    const { agentMachine: _none, ...world } = worldWithImage();
    const elsewhere = await createEmulator({ world, scale: 20 });
    try {
      const { report, log } = await stage.run(elsewhere, "images-own-identity", finding);
      assert.equal(report.result, "Failed");
      assert.match(log, /no instance metadata service \(169\.254\.169\.254: EHOSTUNREACH\): it is no Azure VM/);
      assert.match(log, /Run the job on an agent that is an Azure VM/);
    } finally {
      await elsewhere.close();
    }
  });

  describe("behind a proxy, with a certificate authority of the company's own, at Azure's public names", () => {
    const login = { user: "build agent", password: "p%40ss:w@rd" };
    let guarded: Emulator;
    before(async () => {
      guarded = await createEmulator({ world: worldWithImage(), scale: 100, proxyLogin: login });
    });
    after(() => guarded.close());
    const hosts = ({ proxied }: Outcome): readonly string[] => [...new Set(proxied.map(({ host }) => host))].sort();

    it("goes through it for Azure, its storage, the sign-in and Azure DevOps, with the proxy's login", async () => {
      mkdirSync(join(stage.folder, "site"), { recursive: true });
      writeFileSync(join(stage.folder, "site/index.html"), "<h1>hello</h1>\n");
      const inputs =
        "action: start, resourceGroup: rg-images, managedIdentity: id-imagebuilder, inlineScript: 'true', " +
        "sourceImage: 'Canonical:ubuntu-24_04-lts:server', galleryImage: $(emulatorDefinition), " +
        `storageAccount: stimages, artifactPath: '${join(stage.folder, "site")}'`;
      const outcome = await stage.run(guarded, "images-prod", inputs, { proxied: true });
      assert.equal(outcome.report.result, "Succeeded", outcome.log.slice(-3000));
      assert.deepEqual(hosts(outcome), [
        "dev.azure.com",
        "login.microsoftonline.com",
        "management.azure.com",
        "stimages.blob.core.windows.net",
      ]);
      assert.ok(outcome.proxied.every(({ status }) => status === 200));
      const local = outcome.requests.filter(({ url }) => new URL(url).hostname === "127.0.0.1");
      assert.deepEqual(local, []);
    });

    it("never asks the proxy for the identity of the agent's machine", async () => {
      const outcome = await stage.run(guarded, "images-managed-identity", finding, { proxied: true });
      assert.equal(outcome.report.result, "Succeeded", outcome.log.slice(-3000));
      assert.deepEqual(hosts(outcome), ["management.azure.com"]);
      assert.deepEqual(asked(outcome, "instance-metadata"), ["token"]);
    });

    it("says that the proxy does not take its login", async () => {
      const secretVariables = { "Agent.ProxyPassword": "wrong" };
      const { report, log } = await stage.run(guarded, "images-key", finding, { proxied: true, secretVariables });
      assert.equal(report.result, "Failed");
      assert.match(log, /HTTP 407/);
      assert.match(log, /proxy user and password in the agent's configuration/);
    });

    it("goes past it where the bypass list says so", async () => {
      const variables = {
        "Agent.ProxyUrl": "http://127.0.0.1:9",
        "Agent.ProxyBypassList": '["127\\\\.0\\\\.0\\\\.1"]',
      };
      const outcome = await stage.run(guarded, "images-prod", finding, { variables });
      assert.equal(outcome.report.result, "Succeeded", outcome.log.slice(-3000));
      assert.deepEqual(outcome.proxied, []);
    });
  });

  it("reaches gallery, storage account, identity and subnet in another subscription of the tenant", async () => {
    const shared = "5f3c1b2a-0000-4000-8000-00000000b0b0";
    const there = await createEmulator({ world: worldOfTwo(shared), scale: 100 });
    try {
      mkdirSync(join(stage.folder, "site"), { recursive: true });
      writeFileSync(join(stage.folder, "site/index.html"), "<h1>hello</h1>\n");
      const { definition, storageAccount, identity, subnet } = there.description.resources;
      const [a = "", b = "", c = "", d = ""] = [definition, storageAccount, identity, subnet].map((id) =>
        id.replace(there.description.subscriptionId, shared),
      );
      const inputs =
        "action: start, resourceGroup: rg-images, sourceImage: 'Canonical:ubuntu-24_04-lts:server', inlineScript: 'true', " +
        `galleryImage: '${a}', storageAccount: '${b}', managedIdentity: '${c}', subnet: '${d}', ` +
        `artifactPath: '${join(stage.folder, "site")}'`;
      const outcome = await stage.run(there, "images-key", inputs);
      assert.equal(outcome.report.result, "Succeeded", outcome.log.slice(-3000));
      const reads = outcome.requests
        .map(({ url }) => new URL(url).pathname)
        .filter((path) => /\/providers\//.test(path));
      for (const type of ["galleries", "storageAccounts"]) {
        const places = reads.filter((path) => path.includes(`/${type}`));
        assert.ok(
          places.length > 0 && places.every((path) => path.startsWith(`/subscriptions/${shared}/`)),
          places.join("\n"),
        );
      }
      assert.ok(reads.some((path) => /imageTemplates/i.test(path) && !path.includes(shared)));
    } finally {
      await there.close();
    }
  });
});

/** The default world with everything but the group of the templates in a second subscription. */
function worldOfTwo(shared: string): WorldFile {
  const world = worldWithImage({ agentMachine: undefined });
  const [own] = world.subscriptions;
  assert.ok(own !== undefined);
  const moved = JSON.parse(
    JSON.stringify({ resources: world.resources, roleAssignments: world.roleAssignments }).replaceAll(own.id, shared),
  ) as Pick<WorldFile, "resources" | "roleAssignments">;
  const isGroup = ({ id }: { readonly id: string }): boolean => /\/resourceGroups\/[^/]+$/i.test(id);
  const kept = world.resources.filter((one) => isGroup(one) || one.id.endsWith("/id-agent"));
  return {
    ...world,
    subscriptions: [own, { ...own, id: shared, displayName: "Shared" }],
    resources: [...moved.resources.filter(({ id }) => !id.endsWith("/id-agent")), ...kept],
    roleAssignments: [...(world.roleAssignments ?? []), ...(moved.roleAssignments ?? [])],
  };
}
