// A primary that has nothing but an embedded Redis, for tests that kill it. Argument: the folder.
import { createLogger } from '../../dist/logging/logger.js';
import { startEmbeddedRedis } from '../../dist/redis/embedded/embedded-redis.js';

const log = createLogger({ level: 'warn', role: 'primary', slot: 0 });
const redis = await startEmbeddedRedis(process.argv[2], { log });
process.on('SIGTERM', async () => {
  await redis.stop();
  process.exit(0);
});
setInterval(() => undefined, 1000);
