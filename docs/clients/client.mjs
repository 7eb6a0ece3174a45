// A client in Node, with the package json-rpc-2.0 (npm install json-rpc-2.0). usage: node client.mjs SOCKET BUNDLE ID
// Runs a container, tells of its events, says how it ended, deletes it, and asks once more.
import net from 'node:net';
import readline from 'node:readline';
import { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient } from 'json-rpc-2.0';

const [path, bundle, id] = process.argv.slice(2);
const socket = net.connect(path);
const shimd = new JSONRPCServerAndClient(
  new JSONRPCServer(),
  new JSONRPCClient((request) => { socket.write(JSON.stringify(request) + '\n'); }),
);

// Events are notifications: to the library they are calls of a method of ours.
shimd.addMethod('event', (event) => { console.log(`event ${event.type}`); });
readline.createInterface({ input: socket }).on('line', (line) => shimd.receiveAndSend(JSON.parse(line)));
socket.on('close', () => shimd.rejectAllPendingRequests('the agent has closed the connection'));

await shimd.request('subscribe', { ids: [id] });
await shimd.request('run', { id, bundle });
const exit = await shimd.request('wait', { id });
console.log(`exit ${exit.code}`);
await shimd.request('delete', { id });
try {
  await shimd.request('state', { id });
} catch (error) {
  console.log(error.data.name);
}
// Half a close would leave the subscription, and the connection with it.
socket.destroy();
