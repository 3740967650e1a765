import { describeDialect } from '../connectors/index.js';
import { presentable } from '../logging/describe-error.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import type { ModelReport } from './tenant-resources.js';

/** Counts the refusals of model endpoints, and logs their messages. */
export function reportModels(recorder: JobRecorder, log: Logger): ModelReport {
  return {
    refused(tenantId, model, parameter, words) {
      recorder.modelRefused(tenantId, model, parameter);
      log.warn(
        { tenant_id: tenantId, model, parameter, said: presentable(words) },
        'language model refused a parameter, the request is sent again in another form',
      );
    },
    learned(tenantId, model, dialect) {
      log.info(
        { tenant_id: tenantId, model, accepts: describeDialect(dialect) },
        'learned which parameters the language model accepts',
      );
    },
  };
}
