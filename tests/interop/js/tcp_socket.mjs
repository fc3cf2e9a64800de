// What an SDK sees of a WebSocket, over plain TCP: the server's TCP port takes the same frames.

import net from "node:net";

export class TcpSocket {
  constructor(address) {
    const { hostname, port } = new URL(address);
    this.socket = net.connect(Number(port), hostname);
    this.socket.on("connect", () => this.onopen?.());
    this.socket.on("data", (bytes) => this.onmessage?.({ data: Uint8Array.from(bytes).buffer }));
    this.socket.on("error", (error) => this.onerror?.(error));
    this.socket.on("close", () => this.onclose?.({}));
  }

  send(data) {
    this.socket.write(new Uint8Array(data));
  }

  close() {
    this.socket.destroy();
  }
}
