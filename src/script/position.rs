//! Places in a script as the engine gives them, in numbers of 32 bits.

use rhai::Position;

/// A place or a number in a text, in half the room: no script is as long as that holds.
#[must_use]
pub fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Line and column of the engine's place, from 1; 0 for what it does not know.
#[must_use]
pub fn place_of(position: Position) -> (u32, u32) {
    (narrow(position.line().unwrap_or(0)), narrow(position.position().unwrap_or(0)))
}
