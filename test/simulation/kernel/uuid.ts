/** In the place of the package `uuid`: ids come from the seed. */
import { runningWorld } from './globals.ts'

export const v7 = (): string => runningWorld().newId()
