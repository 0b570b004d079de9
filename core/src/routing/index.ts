// Pure routing: which driver carries out a request, and why no other does.
export { rejectionView } from './explain-route.js';
export { match } from './match.js';
export type {
  Dimension,
  Reason,
  Rejection,
  RequestPart,
  RouteCandidate,
  RouteDecision,
  RouteMatch,
  RouteQuery,
} from './route-query.js';
