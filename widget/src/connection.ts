/** The socket of a talk: by which way it reaches the server, when it tries again, and when it is left alone. */

import { io } from "socket.io-client";

export interface Connection {
  socket: ReturnType<typeof io>;
  /** Connect, unless that is under way. */
  reach(): void;
  /** Let go of the server until `back`. */
  leave(): void;
  back(): void;
}

export function connectionTo(base: string): Connection {
  const address = new URL(base);
  const socket = io(address.origin, {
    path: `${address.pathname}socket.io`, autoConnect: false, transports: ["websocket", "polling"], reconnectionDelayMax: 5000, timeout: 8000,
  });
  let left = false;
  let again = 0;
  // A socket that is on its way must not be asked to connect again; one that the server refused does not try by itself.
  const reach = () => void (left || socket.active || socket.connect());
  socket.on("connect_error", () => {
    if (socket.active) otherWay(socket);
    else again = window.setTimeout(reach, 2000 + 3000 * Math.random());
  });
  // A message that waits for its turn may ask for the server on its own.
  socket.on("connect", () => void (left && socket.disconnect()));
  return {
    socket,
    reach,
    leave() {
      left = true;
      window.clearTimeout(again);
      socket.disconnect();
    },
    back: () => void (left = false),
  };
}

/**
 * Have the next attempt begin with the other transport: engine.io tries the first only, and takes the second for an upgrade. A proxy
 * that swallows WebSockets is got round by polling; what answers only WebSockets is found again by the attempt after that.
 */
export function otherWay(socket: Pick<Connection["socket"], "io">): void {
  const { opts } = socket.io;
  opts.transports = opts.transports?.[0] === "websocket" ? ["polling", "websocket"] : ["websocket", "polling"];
}
