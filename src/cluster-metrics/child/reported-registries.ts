import { type Registry, register } from 'prom-client';

/** What prom-client keeps in a variable of its own module, behind `AggregatorRegistry.setRegistries`. */
let registries: readonly Registry[] = [register];
const followers = new Set<(registries: readonly Registry[]) => void>();

export function reportedRegistries(): readonly Registry[] {
  return registries;
}

export function setReportedRegistries(next: readonly Registry[]): void {
  registries = next;
  for (const follow of followers) follow(next);
}

export function onReportedRegistries(follow: (registries: readonly Registry[]) => void): () => void {
  followers.add(follow);
  return () => followers.delete(follow);
}
