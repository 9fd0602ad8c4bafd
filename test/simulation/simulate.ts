/** One seed, from its plan to its verdict. */

import { storeClock } from '@holdpoint/server/parts'
import { type EventView, type Policy, policyDigest } from '@holdpoint/shared'
import { checkHistory } from '../chaos/check-history.ts'
import { checkEpochs } from '../chaos/checks/epochs.ts'
import {
  approvalOf,
  type IndexedHistory,
  indexHistory,
  type Observation,
  type WireAnswer,
} from '../chaos/history.ts'
import { isCommand } from '../chaos/observed.ts'
import { replicaTruth } from '../chaos/replica-truth.ts'
import { Agent, type AgentProcess } from './actors/agent.ts'
import { type PendingCall, type SimulatedNode, startSimulatedNode } from './actors/node.ts'
import { type Console, openConsole } from './actors/onlooker.ts'
import { Operator } from './actors/operator.ts'
import { Ambushes } from './ambushes.ts'
import { readBack, whatIsLeft } from './checks/at-rest.ts'
import { checkDenials } from './checks/denials.ts'
import { checkRefusals } from './checks/refusals.ts'
import { checkRepeats } from './checks/repeats.ts'
import { Truth } from './checks/truth.ts'
import { Machine, TELLING_MS } from './kernel/machine.ts'
import { World } from './kernel/world.ts'
import type { Victims } from './means.ts'
import { torment } from './nemesis.ts'
import { Buses } from './network/bus.ts'
import { FrontDoor } from './network/front-door.ts'
import { Network, type Place } from './network/network.ts'
import type { Socket } from './network/socket-io-client.ts'
import { kindOf, type Plan, planOf } from './plan.ts'
import { connectStore } from './store/connection.ts'
import { Database, partitionOf, type StoreMistakes } from './store/database.ts'
import { routeTo, routeWithin, STORE, type StoreServer } from './store/route.ts'

export interface Verdict {
  readonly seed: number
  /** Of everything that happened, in order: the same for the same seed. */
  readonly hash: string
  readonly violations: readonly string[]
  readonly counts: Counts
  readonly trace?: readonly string[] | undefined
  /** What clients sent and were answered, and the log, where the trace was asked for. */
  readonly observations?: readonly (Observation | EventView)[] | undefined
}

/** What happened, so that seeds in which nothing did can't pass for a proof. */
export interface Counts {
  readonly steps: number
  readonly requests: number
  readonly acts: number
  readonly unanswered: number
  readonly events: number
  readonly lives: number
  /** Bytes that were begun once more, as a person let them, who was told that they may have run (AP9). */
  readonly repeats: number
}

export interface Options {
  readonly mistakes?: StoreMistakes
  readonly traced?: boolean
  /** The agents' programs keep no keys: what a life leaves open the next one asks for as something new. */
  readonly keyless?: boolean
}

/** All must have come to rest this long after the faults are over, ms of true time. */
const REST_WITHIN_MS = 90_000
/** PR2: of the time that its node was awake. */
const CALL_WITHIN_MS = 2_000
/** PR5: what a node claimed that died then comes back after ten seconds, and a node that sleeps looks after five. */
const DUE_WITHIN_MS = 20_000
const TENANT = 'acme'

export async function simulate(
  seed: number,
  { mistakes = {}, traced = false, keyless = false }: Options = {},
): Promise<Verdict> {
  const world = new World(seed, { traced })
  const kind = kindOf(seed)
  const plan = planOf(world.chance, kind)
  world.note('plan', JSON.stringify({ kind, ...plan }))
  const network = new Network(world, plan.weather)
  const buses = new Buses(network, plan.busFaults)
  const routeFaults = { ...plan.routeFaults }
  const truth = new Truth(world)
  const storeMachine = new Machine(world, STORE, { rate: plan.rate() })
  const ambushes = new Ambushes()
  const database = new Database(storeClock(storeMachine.clock, 0), mistakes, (change, events, now, from) => {
    truth.witness(change, events, now)
    ambushes.committed(events, from)
  })
  const server: StoreServer = { database, machine: storeMachine, isDown: false }
  activate(database, plan.policy)
  const observations: Observation[] = []
  const calls = new Set<PendingCall>()
  const hung: string[] = []
  const nodes = new Map<Place, SimulatedNode>()
  /** What the nodes run on, those among them that are still starting. */
  const machines = new Map<Place, Machine>()
  const instructed = new Map<AgentProcess, Set<string>>()

  let hasLost = false
  const keepACopy: Victims['keepACopy'] = () => {
    const restore = database.snapshot()
    return (shareOfNodes) => {
      world.note('history lost')
      hasLost = true
      database.lose(restore)
      truth.lost(processes(), (id) => database.has({ tenant: TENANT, kind: 'agent', id }))
      // One that has it in its own process can't go on.
      for (const place of machines.keys())
        if (plan.embedded || world.chance.chance(shareOfNodes)) killNode(place, world.chance.between(10, 500))
    }
  }

  const door = new FrontDoor(network, () => [...nodes.values()], {
    sent(socket: Socket, event, body) {
      if (!isCommand(event)) return -1
      const exchange = observations.length
      observations.push({
        kind: 'sent',
        at: database.now(),
        principal: (JSON.parse(socket.auth.token) as { id: string }).id,
        exchange: String(exchange),
        name: event,
        body: JSON.parse(JSON.stringify(body)),
      })
      return exchange
    },
    answered(exchange, answer) {
      if (exchange < 0) return
      observations.push({
        kind: 'answered',
        at: database.now(),
        exchange: String(exchange),
        answer: answer as WireAnswer,
      })
      const asked = observations[exchange]
      if (asked?.kind === 'sent') ambushes.answered(asked.principal, (answer as { ttlMs?: unknown }).ttlMs)
    },
    received() {},
  })

  const startNodeAt = (place: Place): void => {
    const machine = new Machine(world, place, { rate: plan.rate(), wallOff: world.chance.between(-200, 200) })
    machines.set(place, machine)
    world.schedule(machine, 0, `start ${place}`, () => {
      const route = plan.embedded
        ? routeWithin(world, machine, database)
        : routeTo({ world, network, server, node: machine, place, faults: routeFaults })
      const bus = plan.embedded ? undefined : buses.join(place, machine)
      const store = connectStore(database, route, {
        name: place,
        newAttempt: () => world.newId(),
        lost: () => end(machine, world.chance.between(10, 500)),
      })
      const answered = (call: PendingCall): void => void hung.push(...tooLong(call))
      startSimulatedNode({ world, machine, place, store, bus, calls, answered }).then(
        (node) => void nodes.set(place, node),
        // The store did not answer: a supervisor starts it again.
        () => end(machine, 300),
      )
    })
  }
  /** Its process ends, and is started anew after a while. */
  const end = (machine: Machine, forMs: number): void => {
    if (machine.isDead) return
    const place = machine.name
    world.note('killed', place)
    nodes.delete(place)
    machine.kill()
    door.died(machine)
    for (const call of calls) if (call.node === machine) calls.delete(call)
    world.schedule(undefined, forMs, `start ${place} anew`, () => startNodeAt(place))
  }
  const killNode = (place: Place, forMs: number): void => {
    const machine = machines.get(place)
    if (machine) end(machine, forMs)
  }

  const agents = Array.from({ length: plan.agents }, (_, n) => {
    const team = n % 2 === 0 ? 'red' : 'blue'
    return new Agent({
      world,
      name: `${team}-${n}`,
      labels: { team },
      leaseMs: plan.leaseMs,
      rate: plan.rate,
      keyless,
      act: (process, act) => {
        truth.acts(process, plan.leaseMs, act.id)
        observations.push({ kind: 'act', at: database.now(), ...act })
      },
      instructed(process, id) {
        const known = instructed.get(process) ?? new Set()
        instructed.set(process, known)
        if (known.has(id))
          truth.violations.push(
            `Instructed twice: ${process.machine.name} was handed instruction ${id} again.`,
          )
        known.add(id)
      },
    })
  })
  const names = agents.map(({ name }) => name)
  const operators = Array.from(
    { length: plan.operators },
    (_, n) =>
      new Operator({
        world,
        name: ['ana', 'bo'][n] ?? `op-${n}`,
        rate: plan.rate,
        agents: names,
        latencyMs: plan.weather.latencyMs[1],
      }),
  )

  const consoles: Console[] = []

  const processes = (): readonly AgentProcess[] => agents.flatMap((agent) => agent.processes)
  const look = (): boolean => {
    for (const agent of agents) truth.look(agent.processes, plan.leaseMs)
    return false
  }

  door.serveIn(world)
  for (let n = 1; n <= plan.nodes; n++) startNodeAt(`node-${n}`)
  for (const operator of operators) operator.start()
  for (const agent of agents)
    world.schedule(undefined, world.chance.between(0, 500), 'launch', () => agent.live())
  torment(
    {
      world,
      network,
      buses,
      door,
      store: server,
      nodes: () => [...nodes.values()],
      killNode,
      keepACopy,
      agents,
      operators,
      openConsole: () => {
        openConsole(world, {
          name: `vi-${consoles.length}`,
          rate: plan.rate(),
          opened: (one) => void consoles.push(one),
        })
      },
      ambushes,
      leaseMs: plan.leaseMs,
    },
    { ...plan, untilMs: plan.activeMs },
  )
  await world.run(plan.activeMs, look)

  // What was begun comes to its end, with nothing in its way.
  network.calm()
  ambushes.clear()
  Object.assign(routeFaults, { lossiness: 0, duplicity: 0, looksTakeMs: 0 })
  storeMachine.thaw()
  server.isDown = false
  for (const machine of machines.values()) machine.thaw()
  for (const { machine } of processes()) {
    // as at any other time, it does not wake where no lease could see that it slept (means.ts)
    if (machine.hidesItsSleep) machine.jump(TELLING_MS)
    machine.thaw()
  }
  for (const operator of operators) operator.calm()
  const isCalm = (): boolean => look() || operators.every((operator) => operator.isCalm)
  const restBy = plan.activeMs + REST_WITHIN_MS
  await world.run(restBy, isCalm)
  world.schedule(operators[0]?.machine, 0, 'release', () => {
    operators[0]?.release().catch((error: unknown) => world.defect(error))
  })
  for (const agent of agents) agent.draining = true
  const isOver = (): boolean =>
    look() || (agents.every((agent) => agent.isDone) && database.countOpen(TENANT).instruction === undefined)
  await world.run(restBy, isOver)
  const atRest = isOver()
  // What is due by then is carried out, and consoles are told.
  for (const { principal, client } of operators) consoles.push({ name: principal.id, client })
  // Not beyond it either: that is where it stands who knows only the history that was lost.
  const isTold = (): boolean =>
    consoles.every(({ client }) => client.replica.seq === database.head(partitionOf(TENANT)).seq)
  await world.run(world.now + DUE_WITHIN_MS, () => look() || (database.overdue() === undefined && isTold()))

  const overdue = database.overdue()
  const found = readBack(database, TENANT)
  const history = indexHistory({ observations, readBack: found, leaseMs: plan.leaseMs })
  const violations = [
    ...world.defects,
    ...truth.violations,
    ...(atRest ? [] : [`Stuck: ${whatIsLeft({ tenant: TENANT, agents, operators, database })}.`]),
    ...(overdue && atRest
      ? [
          `Late: ${overdue.name} of ${overdue.ref.id} was due ${database.now() - overdue.dueAt} ms ago, and nobody takes it up.`,
        ]
      : []),
    ...(atRest ? consoles : []).flatMap(({ name, client }) =>
      replicaTruth(name, client, found, database.orders(TENANT).standing).map((one) => `Console: ${one}`),
    ),
    ...hung,
    ...[...calls].flatMap((call) => tooLong(call)),
    ...database
      .unfinished(TENANT)
      .map((order) => `Unfinished: order ${order} is not on record for every agent.`),
    ...(hasLost ? checkEpochs(history) : promises(history, plan)),
  ]
  const answered = observations.filter(({ kind }) => kind === 'answered').length
  const sent = observations.filter(({ kind }) => kind === 'sent').length
  return {
    seed,
    hash: world.hash(),
    violations,
    counts: {
      steps: world.steps,
      requests: sent,
      acts: observations.filter(({ kind }) => kind === 'act').length,
      unanswered: sent - answered,
      events: database.feed(partitionOf(TENANT)).length,
      lives: agents.reduce((sum, { lives }) => sum + lives, 0),
      repeats: found.events.filter(isRepeat).length,
    },
    trace: world.trace,
    observations: traced ? [...observations, ...history.readBack.events] : undefined,
  }
}

const tooLong = ({ name, node, since }: PendingCall): readonly string[] => {
  const tookMs = Math.round(node.awakeMs() - since)
  return tookMs > CALL_WITHIN_MS ? [`Hung: ${name} waited ${tookMs} ms for its answer at ${node.name}.`] : []
}

const promises = (history: IndexedHistory, { policy }: Plan): readonly string[] => [
  ...checkHistory(history),
  ...checkDenials(history.readBack.events, policy.denials.rememberMs),
  ...checkRefusals(history),
  ...checkRepeats(history.readBack.events, policy),
]

const isRepeat = (event: EventView): boolean =>
  event.type === 'action.begun' && approvalOf(event)?.begunBefore !== undefined

/** The tenant's policy, as an admin would have left it before anything began. */
function activate(database: Database, policy: Policy): void {
  const digest = policyDigest(policy)
  const active = { policy, digest, at: database.now(), by: 'ana', reason: 'short time-outs' }
  const { version } = policy
  database.commit(
    {
      ref: { tenant: TENANT, kind: 'policy', id: 'active' },
      expectedVersion: 0,
      at: database.now(),
      doc: { schema: 1, active, versions: [{ version, digest }] },
      events: [],
    },
    'policy',
  )
}
