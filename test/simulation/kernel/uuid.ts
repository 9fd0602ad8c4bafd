/** In the place of `shared/src/uuid.ts`: ids come from the seed. */
import { runningWorld } from './globals.ts'

export const v7 = (): string => runningWorld().newId()
