import type { Config } from '../../config/config.js';
import { CliError } from '../cli-error.js';
import { createServiceClient, isRefused, metricsUrl, type ServiceStatus } from '../service-client.js';
import { type Finding, failed, ok, warning } from './check.js';

const subject = 'service';

/** The running service, if there is one: its state, with a finding for each reason. */
export async function serviceFindings(config: Config): Promise<Finding[]> {
  const url = metricsUrl(config, undefined);
  try {
    return judge(url, await createServiceClient(url, config.metricsBearerToken, 'METRICS_PORT').status());
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    // `check` is also used before the start.
    if (isRefused(error.cause)) return [ok(subject, `not running at ${url} yet`)];
    return [warning(subject, error.message)];
  }
}

function judge(url: string, { reasons }: ServiceStatus): Finding[] {
  if (reasons.length === 0) return [ok(subject, `the one at ${url} is ready`)];
  return reasons.map(({ reason, severity, message }) => {
    const text = `${severity}: ${message} (${reason})`;
    switch (severity) {
      case 'unready':
        return failed(subject, text);
      case 'degraded':
        return warning(subject, text);
    }
  });
}
