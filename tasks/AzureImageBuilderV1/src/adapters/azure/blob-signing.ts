/** Addresses that read one blob for a while: signed by a delegation key of Entra, or by the account's key. */
import type { BlobClient, ServiceGetUserDelegationKeyResponse } from "@azure/storage-blob";
import { Secret } from "../../secret.ts";
import { type Account, genuine, type Place } from "./blob-operations.ts";
import type { Session } from "./session.ts";

/** A signature begins this long ago, for clocks that differ, in milliseconds. */
const clockMargin = 15 * 60_000;

interface Delegation {
  readonly startsOn: Date;
  readonly key: ServiceGetUserDelegationKeyResponse;
}

/** Signs for one container. */
export interface Signer {
  /** Resolves when addresses that end at `expires` can be signed. */
  prepare(account: Account, expires: Date): Promise<void>;
  /** A read-only address, over HTTPS only, masked from now on. */
  sign(account: Account, blob: BlobClient, expires: Date): Promise<Secret>;
}

/** Begins to sign; a delegation key is asked for once for each end. */
export function createSigner({ account: { name }, container }: Place, open: () => Promise<Session>): Signer {
  const delegations = new Map<number, Promise<Delegation>>();
  const delegate = async ({ client }: Account, expires: Date): Promise<Delegation> => {
    const startsOn = new Date((await open()).options.now().getTime() - clockMargin);
    return { startsOn, key: genuine(await client.getUserDelegationKey(startsOn, expires)) };
  };
  const delegationFor = (account: Account, expires: Date): Promise<Delegation> => {
    const known = delegations.get(expires.getTime()) ?? delegate(account, expires);
    delegations.set(expires.getTime(), known);
    // One that failed is asked for again.
    known.catch(() => delegations.delete(expires.getTime()));
    return known;
  };
  return {
    prepare: async (account, expires) => {
      if (account.key === undefined) await delegationFor(account, expires);
    },
    sign: async (account, blob, expires) => {
      const { sdk, key } = account;
      const { options } = await open();
      const values = {
        containerName: container,
        blobName: blob.name,
        permissions: sdk.BlobSASPermissions.parse("r"),
        protocol: sdk.SASProtocol.Https,
        startsOn: new Date(options.now().getTime() - clockMargin),
        expiresOn: expires,
      };
      const delegation = key === undefined ? await delegationFor(account, expires) : undefined;
      const query =
        delegation === undefined
          ? sdk.generateBlobSASQueryParameters(values, key as NonNullable<typeof key>)
          : sdk.generateBlobSASQueryParameters({ ...values, startsOn: delegation.startsOn }, delegation.key, name);
      const url = new Secret(`${blob.url}?${query.toString()}`);
      options.mask(url);
      // The signature alone is the secret: it is masked wherever else it shows, too.
      options.mask(new Secret(query.signature));
      return url;
    },
  };
}
