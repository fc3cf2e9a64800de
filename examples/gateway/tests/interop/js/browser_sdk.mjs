// An SDK from npm, unchanged, that connects, sends a message and pings; which one stands in for
// `wukong-sdk` is said when this is bundled. What it tells goes to stdout, a JSON object a line; see
// ../mod.rs for what they mean.
//
// Arguments: URL (ws: or tcp:), uid, token, device flag.

import { WebSocket } from "ws";
import { Channel, ChannelTypePerson, MessageText, WKSDK } from "wukong-sdk/lib/sdk";
import { ConnectStatus } from "wukong-sdk/lib/connect_manager";
import { TcpSocket } from "./tcp_socket.mjs";

const [url, uid, token, deviceFlag] = process.argv.slice(2);
const say = (event) => process.stdout.write(JSON.stringify(event) + "\n");

console.log = () => {}; // SDKs talk a lot
globalThis.WebSocket = url.startsWith("tcp:") ? TcpSocket : WebSocket;

const { config, connectManager, chatManager } = WKSDK.shared();
config.addr = url;
config.uid = uid;
config.token = token;
config.deviceFlag = Number(deviceFlag);

connectManager.addConnectStatusListener((status, reason) => {
  switch (status) {
    case ConnectStatus.Connected:
      say({ event: "connected", reason });
      chatManager.send(new MessageText("hello 你好 🔑"), new Channel("bob", ChannelTypePerson));
      break;
    case ConnectStatus.ConnectFail:
      say({ event: "refused", reason });
      break;
    case ConnectStatus.ConnectKick:
      say({ event: "kicked", reason });
      break;
  }
});
chatManager.addMessageStatusListener((ack) => say({ event: "acknowledged", reason: ack.reasonCode }));
chatManager.addMessageListener((message) => {
  if (!message.send) {
    say({ event: "received", from: message.fromUID, text: message.content.text });
    connectManager.sendPing();
  }
});

// The SDK counts the pings that are without an answer, and tells nobody.
let unanswered = 0;
Object.defineProperty(connectManager, "pingRetryCount", {
  get: () => unanswered,
  set: (count) => {
    if (unanswered > 0 && count === 0) say({ event: "ponged" });
    unanswered = count;
  },
});

// Goes with the test that started it.
process.stdin.on("end", () => process.exit(0)).resume();
connectManager.connect();
