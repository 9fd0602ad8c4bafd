import { setFlagsFromString } from 'node:v8'

/**
 * V8 watches which object literals outlive its quick collections, and has those allocated among the old objects from then on. What
 * requests make lives as long as the request: under load that is longer than a quick collection is away, and shorter than a full
 * one. Taken for old, it keeps all that it leads to, until a full collection comes by. For the whole process; nothing
 * but where objects lie depends on it, and a version of V8 that does not know the flag says so on stderr and goes on.
 */
export const allocateYoung = (): void => setFlagsFromString('--no-allocation-site-pretenuring')
