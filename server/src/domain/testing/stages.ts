/** How far an agent has got when a test begins. */
import { World } from './world.ts'

/** It runs. */
export function started(): World {
  const world = new World()
  world.start()
  return world
}

/** … and has asked for one action. */
export function asked(action = 'send_email', args: unknown = { to: 'x@example.org' }): World {
  const world = started()
  world.request(action, args)
  return world
}

/** … that somebody has approved. */
export function released(action?: string, args?: unknown): World {
  const world = asked(action, args)
  world.approve(world.item())
  return world
}
