/** Where clients' connections come in: a balancer in front of the nodes. */
import type { Principal } from '@holdpoint/server/parts'
import type { SimulatedNode } from '../actors/node.ts'
import { Machine } from '../kernel/machine.ts'
import type { World } from '../kernel/world.ts'
import { Connection } from './connection.ts'
import type { Network } from './network.ts'
import { type Exchange, type Socket, serveSockets, type Tap } from './socket-io-client.ts'

interface Open {
  readonly connection: Connection
  readonly client: Machine
  readonly server: Machine
}

export class FrontDoor implements Exchange {
  readonly tap: Tap
  readonly #network: Network
  readonly #nodes: () => readonly SimulatedNode[]
  #open: Open[] = []

  constructor(network: Network, nodes: () => readonly SimulatedNode[], tap: Tap) {
    this.#network = network
    this.#nodes = nodes
    this.tap = tap
  }

  /** Sockets that are opened in this world come in here. */
  serveIn(world: World): void {
    serveSockets(world, this)
  }

  connect(socket: Socket): void {
    const { world } = this.#network
    const client = world.current
    if (!(client instanceof Machine)) throw new Error('a socket belongs to a machine')
    const nodes = this.#nodes().filter(({ machine }) => !machine.isDead)
    if (nodes.length === 0) {
      world.schedule(client, this.#network.latencyMs(), 'refused', () => socket.lost('transport error'))
      return
    }
    const node = world.chance.pick(nodes)
    const place = client.name
    // Nobody answers over a cut: the client gives up by its own clock.
    if (this.#network.isCut(place, node.place) || this.#network.isCut(node.place, place)) return
    world.schedule(node.machine, this.#network.latencyMs(), `connect → ${node.place}`, () => {
      const { end, up } = node.admit(JSON.parse(socket.auth.token) as Principal)
      const connection = new Connection(
        this.#network,
        { place, machine: client, message: (one) => socket.message(one), lost: (why) => socket.lost(why) },
        end,
      )
      socket.up(connection)
      this.#open.push({ connection, client, server: node.machine })
      up(connection)
    })
  }

  /** The kernel of a machine whose process died closes its connections. */
  died(machine: Machine): void {
    for (const { connection, client, server } of this.#open) {
      if (client === machine) connection.close(0)
      if (server === machine) connection.close(1)
    }
    this.#open = this.#open.filter(({ client, server }) => client !== machine && server !== machine)
  }

  /** Something in between drops one connection, or all of one machine. */
  reset(machine?: Machine): void {
    const all = this.#open.filter(({ client, server }) => !client.isDead && !server.isDead)
    if (all.length === 0) return
    const chosen = machine
      ? all.filter(({ client, server }) => client === machine || server === machine)
      : [this.#network.world.chance.pick(all)]
    for (const { connection } of chosen) connection.reset()
    this.#open = all.filter((one) => !chosen.includes(one))
  }
}
