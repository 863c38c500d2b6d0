//! Every route of the interface, with the permission it needs: one table, which tests walk with every kind of user.
//!
//! Not here: `__login`, `__status` and `__logout`, which are for everybody (`login`).

use super::answer::Reply;
use super::dispatch::Cx;
use super::fault::Fault;
use super::permission::Permission as P;
use super::{announcements, counters, customers, flows, nodes, numbers, schedules, sets, users};

/// A route.
pub struct Route {
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: &'static str,
    /// Behind the prefix; segments with a colon stand for any one: `/api/customer/:customer/flow`.
    pub path: &'static str,
    /// What a user needs.
    pub permission: P,
    /// Users of one service number may use it, for their own.
    pub service_number_users: bool,
    pub(crate) run: fn(&Cx<'_>) -> Result<Reply, Fault>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {} {:?}", self.method, self.path, self.permission)
    }
}

/// Names with a colon, and what stands for them in a path.
pub(crate) type Names = Vec<(&'static str, String)>;

impl Route {
    /// What the segments of a path stand for, if it is this route's.
    pub(crate) fn names(&self, segments: &[String]) -> Option<Names> {
        let mut names = Vec::new();
        let mut given = segments.iter();
        for wanted in self.path.split('/').filter(|segment| !segment.is_empty()) {
            let found = given.next()?;
            if wanted.starts_with(':') {
                names.push((wanted, found.clone()));
            } else if wanted != found {
                return None;
            }
        }
        given.next().is_none().then_some(names)
    }
}

/// All routes.
pub fn routes() -> &'static [Route] {
    TABLE
}

type Run = fn(&Cx<'_>) -> Result<Reply, Fault>;

const fn route(method: &'static str, path: &'static str, permission: P, run: Run) -> Route {
    Route { method, path, permission, service_number_users: false, run }
}

/// One that users of a service number may use too.
const fn own(method: &'static str, path: &'static str, permission: P, run: Run) -> Route {
    Route { service_number_users: true, ..route(method, path, permission, run) }
}

pub(crate) static TABLE: &[Route] = &[
    route("POST", "/api/flow", P::FlowWrite, flows::save),
    own("GET", "/api/flow/:flow", P::Login, flows::read),
    route("PUT", "/api/flow/:flow", P::FlowWrite, flows::save),
    route("GET", "/api/flow/:flow/version", P::Login, flows::versions),
    own("GET", "/api/flow/:flow/drawing.svg", P::Login, flows::drawing),
    own("GET", "/api/flow/:flow/drawing.mmd", P::Login, flows::drawing),
    own("GET", "/api/flow/:flow/drawing.txt", P::Login, flows::drawing),
    own("GET", "/api/flow/:flow/drawing.json", P::Login, flows::drawing),
    route("POST", "/api/flow/check", P::Login, flows::check),
    route("GET", "/api/customer/:customer/flow", P::Login, flows::list),
    route("GET", "/api/customers", P::Login, customers::list),
    route("GET", "/api/customer", P::Login, customers::list),
    route("POST", "/api/customer", P::CustomerWrite, customers::create),
    own("GET", "/api/customer/:customer", P::Login, customers::read),
    route("PUT", "/api/customer/:customer", P::AdminWrite, customers::change),
    route("DELETE", "/api/customer/:customer", P::CustomerWrite, customers::delete),
    route("PUT", "/api/customer/:customer/update_profile", P::AlternativeFlows, customers::update_profile),
    route("GET", "/api/customer/:customer/available-customer-feature-nodes", P::Login, nodes::available),
    own("GET", "/api/customer/:customer/number", P::Login, numbers::list),
    route("POST", "/api/customer/:customer/number", P::ServiceNumberCreate, numbers::create),
    own("GET", "/api/customer/:customer/number/:number", P::Login, numbers::read),
    route("DELETE", "/api/customer/:customer/number/:number", P::ServiceNumberCreate, numbers::delete),
    own(
        "PUT",
        "/api/customer/:customer/number/:number/number_restriction",
        P::ServiceNumberWrite,
        numbers::restrict,
    ),
    own(
        "PUT",
        "/api/customer/:customer/number/:number/update_profile",
        P::ServiceNumberWrite,
        numbers::update_profile,
    ),
    own("GET", "/api/customer/:customer/number/:number/history", P::Login, schedules::history),
    route("POST", "/api/customer/:customer/number/:number/schedule", P::ScheduleWrite, schedules::create),
    route(
        "PUT",
        "/api/customer/:customer/number/:number/schedule/:schedule/activate",
        P::ScheduleWrite,
        schedules::activate,
    ),
    route(
        "PUT",
        "/api/customer/:customer/number/:number/schedule/:schedule/deactivate",
        P::ScheduleWrite,
        schedules::deactivate,
    ),
    route(
        "DELETE",
        "/api/customer/:customer/number/:number/schedule/:schedule",
        P::ScheduleWrite,
        schedules::delete,
    ),
    route("GET", "/api/customer/:customer/announcement", P::Login, announcements::list),
    route("POST", "/api/customer/:customer/announcement", P::AnnouncementWrite, announcements::create),
    route("GET", "/api/customer/:customer/announcement/:announcement", P::Login, announcements::read),
    route(
        "PUT",
        "/api/customer/:customer/announcement/:announcement",
        P::AnnouncementWrite,
        announcements::change,
    ),
    route(
        "DELETE",
        "/api/customer/:customer/announcement/:announcement",
        P::AnnouncementWrite,
        announcements::delete,
    ),
    route("GET", "/api/customer/:customer/holiday_set", P::Login, sets::holidays::list),
    route("POST", "/api/customer/:customer/holiday_set", P::DataWrite, sets::holidays::create),
    route("GET", "/api/customer/:customer/holiday_set/:set", P::Login, sets::holidays::read),
    route("PUT", "/api/customer/:customer/holiday_set/:set", P::DataWrite, sets::holidays::change),
    route("DELETE", "/api/customer/:customer/holiday_set/:set", P::DataWrite, sets::holidays::delete),
    route("GET", "/api/customer/:customer/geography_set", P::Login, sets::geographies::list),
    route("POST", "/api/customer/:customer/geography_set", P::DataWrite, sets::geographies::create),
    route("GET", "/api/customer/:customer/geography_set/:set", P::Login, sets::geographies::read),
    route("PUT", "/api/customer/:customer/geography_set/:set", P::DataWrite, sets::geographies::change),
    route("DELETE", "/api/customer/:customer/geography_set/:set", P::DataWrite, sets::geographies::delete),
    route("GET", "/api/customer/:customer/lookup_dataset", P::Login, sets::tables::list),
    route("POST", "/api/customer/:customer/lookup_dataset", P::DataWrite, sets::tables::create),
    route("GET", "/api/customer/:customer/lookup_dataset/:set", P::Login, sets::tables::read),
    route("PUT", "/api/customer/:customer/lookup_dataset/:set", P::DataWrite, sets::tables::change),
    route("DELETE", "/api/customer/:customer/lookup_dataset/:set", P::DataWrite, sets::tables::delete),
    route("GET", "/api/customer/:customer/suburb_set", P::Login, sets::suburbs::list),
    route("POST", "/api/customer/:customer/suburb_set", P::DataWrite, sets::suburbs::create),
    route("GET", "/api/customer/:customer/suburb_set/:set", P::Login, sets::suburbs::read),
    route("PUT", "/api/customer/:customer/suburb_set/:set", P::DataWrite, sets::suburbs::change),
    route("DELETE", "/api/customer/:customer/suburb_set/:set", P::DataWrite, sets::suburbs::delete),
    route("GET", "/api/customer/:customer/event_counter", P::Login, counters::list),
    route("POST", "/api/customer/:customer/event_counter", P::DataWrite, counters::create),
    route("PUT", "/api/customer/:customer/event_counter/:counter", P::DataWrite, counters::set),
    route("DELETE", "/api/customer/:customer/event_counter/:counter", P::DataWrite, counters::delete),
    route("GET", "/api/customer/:customer/user", P::AdminRead, users::list),
    route("POST", "/api/customer/:customer/user", P::UserWrite, users::create),
    route("PUT", "/api/customer/:customer/user/:user", P::UserWrite, users::change),
    route("DELETE", "/api/customer/:customer/user/:user", P::UserWrite, users::delete),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_route_and_no_shorter_or_longer_one() {
        let segments = |path: &str| path.split('/').skip(1).map(str::to_owned).collect::<Vec<_>>();
        let read = TABLE.iter().find(|route| route.path == "/api/flow/:flow").expect("a route");
        assert_eq!(read.names(&segments("/api/flow/7")), Some(vec![(":flow", "7".to_owned())]));
        assert_eq!(read.names(&segments("/api/flow")), None);
        assert_eq!(read.names(&segments("/api/flow/7/version")), None);
        assert_eq!(read.names(&segments("/api/customer/7")), None);
    }

    #[test]
    fn no_route_is_there_twice() {
        let mut all: Vec<_> = TABLE.iter().map(|route| (route.path, route.method)).collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
