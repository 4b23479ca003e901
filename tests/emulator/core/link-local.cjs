/**
 * Preload module (`node -r link-local.cjs program.js`): connections to 169.254.169.254, where Azure VMs find their instance
 * metadata service, lead to the address in the environment variable LINK_LOCAL (`127.0.0.1:port`); where it is empty they
 * are refused, as on a machine outside of Azure. Nothing else changes, the program's own addresses and headers least of all.
 * Plain CommonJS so that it runs on Node 20 and 24 without a loader.
 */
"use strict";

const net = require("node:net");

const linkLocal = "169.254.169.254";

/** Leads connections to `address` (`host:port`, or nothing) until the function that is returned is called. */
function redirect(address) {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    // Node hands over its own list [options, callback] where a program has called net.connect.
    const listed = Array.isArray(given[0]);
    const options = listed ? given[0][0] : given[0];
    if (options?.host !== linkLocal) return connect.apply(this, given);
    if (address === "") {
      const error = Object.assign(new Error(`connect EHOSTUNREACH ${linkLocal}:${options.port}`), {
        code: "EHOSTUNREACH",
        syscall: "connect",
        address: linkLocal,
        port: options.port,
      });
      process.nextTick(() => this.destroy(error));
      return this;
    }
    const [host, port] = address.split(":");
    const elsewhere = { ...options, host, port: Number(port) };
    if (listed) given[0][0] = elsewhere;
    else given[0] = elsewhere;
    return connect.apply(this, given);
  };
  return () => {
    net.Socket.prototype.connect = connect;
  };
}

module.exports = { redirect };

const address = process.env.LINK_LOCAL;
if (address !== undefined) redirect(address);
