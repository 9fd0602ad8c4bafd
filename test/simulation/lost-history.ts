/** The store comes back without its last moments (ST9): of which, and of what was done in them. */
import { anyAgent, concerned, freeze, hold, later, type Victims, when } from './means.ts'

/** How many of the nodes start anew because of it. The others notice when they write, or look at the heads. */
const SOME = 0.6
const FEW = 0.2

export function loseHistory(victims: Victims, untilMs: number): void {
  victims.world.chance.pick([loseMoments, loseABegin, loseAStart])(victims, untilMs)
}

function loseMoments(victims: Victims, untilMs: number): void {
  const { chance } = victims.world
  const lostMs = chance.between(200, 3_000)
  later(victims, chance.between(500, untilMs - lostMs), 'keep a copy', () => {
    const lose = victims.keepACopy()
    later(victims, lostMs, 'lose history', () => lose(SOME))
  })
}

/** Its answer is not given yet. */
function loseABegin(victims: Victims, untilMs: number): void {
  later(victims, victims.world.chance.between(500, untilMs / 2), 'keep a copy', () => {
    const lose = victims.keepACopy()
    when(victims, 'action.begun', () => later(victims, 0, 'lose history', () => lose(FEW)))
  })
}

/** Nobody knows of a process that holds a lease, and another one starts. */
function loseAStart(victims: Victims): void {
  const { chance } = victims.world
  when(victims, 'agent.reinstated', () => {
    const lose = victims.keepACopy()
    when(victims, 'agent.started', (sprung) =>
      later(victims, chance.between(30, 300), 'lose history', () => {
        lose(SOME)
        const agent = concerned(victims, sprung)
        if (!agent?.process) return
        freeze(victims, agent.process.machine, chance.between(300, 1_200))
        later(victims, 50, `start ${agent.name} anew`, () => agent.live())
      }),
    )
  })
  later(victims, chance.between(500, 2_000), 'hold', () => hold(victims, anyAgent(victims), 'stop'))
}
