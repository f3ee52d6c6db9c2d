-- Quartz keeps its tables here and makes them itself; they only say when to look, never what is owed.

create schema quartz;
