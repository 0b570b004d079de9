// A piece of network between two programs, on which a test can cut every connection.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Passes bytes on, both ways. */
export class Passage {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async to(port: number): Promise<Passage> {
    const passage: Passage = new Passage(
      createServer((socket) => {
        const beyond = connect(port, '127.0.0.1');
        for (const end of [socket, beyond]) {
          passage.sockets.add(end);
          end.on('error', () => undefined);
          end.on('close', () => {
            passage.sockets.delete(end);
            socket.destroy();
            beyond.destroy();
          });
        }
        socket.pipe(beyond).pipe(socket);
      }),
    );
    await new Promise<void>((resolve) => passage.server.listen(0, '127.0.0.1', resolve));
    return passage;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await closed;
  }
}
