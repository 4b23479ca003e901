/** Proxy and certificates of the agent reach every client of the adapters, the credential included. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:tls";
import { createDevops } from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import type { NetworkSettings } from "../../tasks/AzureImageBuilderV1/src/adapters/network.ts";
import { systemClock } from "../../tasks/AzureImageBuilderV1/src/adapters/system/index.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { createCertificates, type Certificates } from "../emulator/core/certificates.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";
import { type MadeCertificate, makeCertificate } from "../unit/adapters/certificates.ts";
import { openSession } from "./adapters-session.ts";

/** A client by what it reaches, and a request of it. */
const clients = ["sign-in, Resource Manager and assertions", "plain requests", "blobs", "Azure DevOps"] as const;
type Client = (typeof clients)[number];

/** Where the parts of Azure are, as one client sees them. */
interface Places {
  readonly arm: string;
  readonly authority: string;
  readonly blob: string;
  readonly devops: string;
}

describe("The agent's network settings reach", function () {
  this.timeout(30_000);
  let emulator: Emulator;
  before(async () => {
    emulator = await createEmulator();
  });
  after(() => emulator.close());

  const local = (): Places => {
    const { armUrl, authorityUrl, blobUrl, devopsUrl } = emulator.description;
    return { arm: armUrl, authority: authorityUrl, blob: blobUrl, devops: devopsUrl };
  };
  const publicNames: Places = {
    arm: "https://management.azure.com",
    authority: "https://login.microsoftonline.com",
    blob: "https://stimages.blob.core.windows.net",
    devops: "https://dev.azure.com",
  };

  async function use(client: Client, places: Places, network: NetworkSettings): Promise<void> {
    const { description } = emulator;
    const job = description.job;
    const move = (address: string): string => address.replace(description.devopsUrl, places.devops);
    // An authority of one's own has an audience that differs from its address.
    const data: Readonly<Record<string, string>> = {
      environment: places === publicNames ? "AzureCloud" : "AzureStack",
      activedirectoryauthority: places.authority,
      activedirectoryserviceendpointresourceid: description.armUrl,
    };
    const azure = openSession(emulator, client === "blobs" ? "images-key" : "images-prod", {
      connection: { url: `${places.arm}/`, data: (name) => data[name.toLowerCase()] },
      options: { network: () => network, oidcRequestUri: () => move(job.oidcRequestUri) },
    });
    const devops = createDevops({
      collection: () => move(job.collectionUri),
      systemToken: () => new Secret(job.accessToken),
      network: () => network,
      mask: () => undefined,
      clock: systemClock,
      userAgent: "AzureImageBuilder/1.2.3",
      environment: {},
    });
    try {
      switch (client) {
        case "sign-in, Resource Manager and assertions":
          await azure.facts.resourceGroupLocation(description.subscriptionId, "rg-images");
          return;
        case "plain requests":
          await azure.arm.get(`/subscriptions/${description.subscriptionId}/resourceGroups/rg-images`, {
            "api-version": "2021-04-01",
          });
          return;
        case "blobs": {
          const blobEndpoint = places === publicNames ? `${places.blob}/` : `${places.blob}/stimages/`;
          const account = { id: description.resources.storageAccount, name: "stimages", blobEndpoint };
          await azure.blobs.container({ ...account, allowSharedKeyAccess: true }, "network", "token").createIfAbsent();
          return;
        }
        case "Azure DevOps":
          await devops.artifacts.find("web", { project: job.project, runId: 1 }).catch((error: unknown) => {
            // An answer is all that is wanted: the run need not be there.
            if ((error as { readonly status?: number }).status === undefined) throw error;
          });
          return;
      }
    } finally {
      azure.close();
      devops.close();
    }
  }

  const hostsOf: Readonly<Record<Client, readonly string[]>> = {
    "sign-in, Resource Manager and assertions": ["dev.azure.com", "login.microsoftonline.com", "management.azure.com"],
    "plain requests": ["dev.azure.com", "login.microsoftonline.com", "management.azure.com"],
    blobs: ["login.microsoftonline.com", "stimages.blob.core.windows.net"],
    "Azure DevOps": ["dev.azure.com"],
  };
  for (const client of clients) {
    it(`${client}: the proxy`, async () => {
      const before = emulator.proxied().length;
      const proxyFor = (): URL => new URL(emulator.description.proxyUrl);
      await use(client, publicNames, { proxyFor, tls: { ca: emulator.world.caPem, checkServer: true } });
      const seen = new Set(
        emulator
          .proxied()
          .slice(before)
          .map(({ host }) => host),
      );
      assert.deepEqual([...seen].sort(), hostsOf[client]);
    });

    it(`${client}: that an address of the bypass list is reached without the proxy`, async () => {
      const before = emulator.proxied().length;
      const nowhere = new URL("http://127.0.0.1:9");
      const proxyFor = (address: string): URL | undefined => (/127\.0\.0\.1/.test(address) ? undefined : nowhere);
      await use(client, local(), { proxyFor, tls: { ca: emulator.world.caPem, checkServer: true } });
      assert.equal(emulator.proxied().length, before);
    });

    it(`${client}: that servers need not be known`, async () => {
      await use(client, local(), { proxyFor: () => undefined, tls: { checkServer: false } });
    });
  }

  it("the check of servers, which is on unless the agent turns it off", async () => {
    await assert.rejects(
      use("sign-in, Resource Manager and assertions", local(), {
        proxyFor: () => undefined,
        tls: { checkServer: true },
      }),
      /self-signed certificate|unable to verify/,
    );
  });

  describe("with a client certificate that every server asks for,", () => {
    let company: Certificates;
    let client: MadeCertificate;
    let guarded: Places;
    const servers: Server[] = [];
    let refused = 0;
    before(async () => {
      [company, client] = await Promise.all([createCertificates(), makeCertificate()]);
      const { arm, authority, blob, devops } = local();
      const [a = "", b = "", c = "", d = ""] = await Promise.all([arm, authority, blob, devops].map(guard));
      guarded = { arm: a, authority: b, blob: c, devops: d };
    });
    after(() => servers.forEach((server) => void server.close()));

    /** A gateway of the company: it takes none without the client certificate, and passes on what the others send. */
    async function guard(address: string): Promise<string> {
      const { certificate: cert, key } = company;
      const server = createServer({ cert, key, ca: client.certificate, requestCert: true, rejectUnauthorized: true });
      server.on("tlsClientError", () => (refused += 1));
      server.on("secureConnection", (from) => {
        const to = connect({ port: Number(new URL(address).port), host: "127.0.0.1", ca: emulator.world.caPem });
        from.pipe(to).pipe(from);
        for (const one of [from, to]) one.on("error", () => undefined);
      });
      servers.push(server);
      await once(server.listen(0, "127.0.0.1"), "listening");
      return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    for (const one of clients) {
      it(one, async () => {
        const { certificate: cert, key } = client;
        await use(one, guarded, {
          proxyFor: () => undefined,
          tls: { ca: company.caPem, cert, key, checkServer: true },
        });
      });
    }

    it("and none without it", async () => {
      const settings = { proxyFor: () => undefined, tls: { ca: company.caPem, checkServer: true } };
      await assert.rejects(use("sign-in, Resource Manager and assertions", guarded, settings));
      assert.ok(refused > 0);
    });
  });
});
