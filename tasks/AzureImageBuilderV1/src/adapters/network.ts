/** How this machine reaches the network, as the agent adapter reads it and the Azure adapter uses it. */
export interface NetworkSettings {
  /** The proxy for an address, with credentials in it; undefined for a direct connection. */
  proxyFor(address: string): URL | undefined;
  readonly tls: {
    /** Certificate authorities trusted besides the usual ones, PEM. */
    readonly ca?: string;
    /** Client certificate and key, PEM. */
    readonly cert?: string;
    readonly key?: string;
    /** Client certificate and key in one archive (PKCS #12). */
    readonly pfx?: Buffer;
    readonly passphrase?: string;
    /** False where the agent is told to trust any server. */
    readonly checkServer: boolean;
  };
}
