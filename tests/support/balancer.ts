import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** A load balancer that does not stick: each TCP connection goes to the next node that is ready. */
export type Balancer = Pick<TcpProxy, "url" | "set" | "reset" | "stop">;

const CHECK_MS = 100;

/** `urls`: origins of the nodes. Asks `/readyz` of each ten times a second, as balancers do, only more often. */
export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  const nodes = urls.map((url) => ({ url, port: Number(new URL(url).port), isReady: true }));
  let next = 0;
  const check = () =>
    Promise.all(
      nodes.map(async (node) => {
        node.isReady = await fetch(`${node.url}/readyz`, {
          signal: AbortSignal.timeout(1000),
          headers: { Connection: "close" },
        }).then(
          async (res) => (await res.arrayBuffer(), res.ok),
          () => false,
        );
      }),
    );
  await check();
  let isChecking = false;
  const checking = setInterval(() => {
    if (isChecking) return;
    isChecking = true;
    void check().finally(() => (isChecking = false));
  }, CHECK_MS);
  const proxy = await startTcpProxy({
    ports() {
      const first = next++;
      const turn = nodes.map((_, index) => nodes[(first + index) % nodes.length]!);
      return turn.filter(({ isReady }) => isReady).map(({ port }) => port);
    },
  });
  return {
    url: proxy.url,
    set: (weather) => proxy.set(weather),
    reset: () => proxy.reset(),
    async stop() {
      clearInterval(checking);
      await proxy.stop();
    },
  };
}
